// All models by name. A new family is one file beside this one and one line in the list.
import { AppError } from "../../core/errors.js";
import { didYouMean } from "../../core/nearest.js";
import { customCnnEntry } from "./custom-cnn.js";
import { cheXNetEntry, denseNet121Entry } from "./densenet.js";
import { efficientNetB0Entry } from "./efficientnet.js";
import { mobileNetEntry } from "./mobilenet.js";
import { resNet152V2Entry } from "./resnet-v2.js";
import type { ZooEntry } from "./zoo-entry.js";

/**
 * Every model there is, in the order in which lists show them.
 *
 * @example
 * for (const { id, title, input } of models) console.log(id, title, `${input.imageSize} pixels`);
 */
export const zoo: readonly ZooEntry[] = [
  customCnnEntry,
  efficientNetB0Entry,
  denseNet121Entry,
  cheXNetEntry,
  mobileNetEntry,
  resNet152V2Entry,
];

/**
 * The model of that name or alias, upper and lower case alike.
 *
 * @example
 * const { licence, pretrained } = findModel("mobilenet");
 *
 * @param models those to choose from: a caller may know more than the registry
 * @throws AppError MODEL_UNKNOWN with the nearest name and all names
 */
export function findModel(id: string, models: readonly ZooEntry[] = zoo): ZooEntry {
  const wanted = id.trim().toLowerCase();
  const found = models.find((entry) => entry.id === wanted || entry.aliases.includes(wanted));
  if (found !== undefined) return found;
  const ids = models.map((entry) => entry.id);
  const hint = didYouMean(wanted, [...ids, ...models.flatMap((entry) => entry.aliases)]);
  throw new AppError("MODEL_UNKNOWN", {
    place: "model",
    rule: `one of ${ids.join(", ")}`,
    received: `"${id}"`,
    remedy: hint,
  });
}
