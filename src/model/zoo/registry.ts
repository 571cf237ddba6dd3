// All models by name. A new family is one file beside this one and one line in the list.
import { AppError } from "../../core/errors.js";
import { didYouMean } from "../../core/nearest.js";
import { convNeXtTinyEntry } from "./convnext.js";
import { customCnnEntry } from "./custom-cnn.js";
import { cheXNetEntry, denseNet121Entry, denseNet169Entry, denseNet201Entry } from "./densenet.js";
import { efficientNetB0Entry, efficientNetB1Entry, efficientNetB2Entry, efficientNetB3Entry } from "./efficientnet.js";
import { efficientNetV2B0Entry } from "./efficientnet-v2.js";
import { inceptionV3Entry } from "./inception-v3.js";
import { mobileNetEntry } from "./mobilenet.js";
import { mobileNetV2Entry } from "./mobilenet-v2.js";
import { resNet50V2Entry, resNet101V2Entry, resNet152V2Entry } from "./resnet-v2.js";
import { xceptionEntry } from "./xception.js";
import type { ZooEntry } from "./zoo-entry.js";

/**
 * Every model there is, in the order in which lists show them: the study's six, then those that the study does not have, from
 * small to large.
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
  mobileNetV2Entry,
  efficientNetV2B0Entry,
  efficientNetB1Entry,
  efficientNetB2Entry,
  efficientNetB3Entry,
  denseNet169Entry,
  denseNet201Entry,
  xceptionEntry,
  inceptionV3Entry,
  resNet50V2Entry,
  convNeXtTinyEntry,
  resNet101V2Entry,
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
