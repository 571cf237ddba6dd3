// A backbone by others where a run wants an entry of the registry: what its settings alone say of it. Its layers are its
// file's.
import { basename } from "node:path";
import { AppError } from "../../core/errors.js";
import { statedScaling } from "../../inference/pixel-range.js";
import { findModel } from "../../model/zoo/registry.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import type { RunSettings } from "../settings.js";

/** What `RunSettings.model` is then. */
export const backboneId = "backbone";

export const hasBackbone = ({ backbone }: Pick<RunSettings, "backbone">): boolean => backbone !== "none";

/** The entry that a run's settings name. @throws AppError MODEL_UNKNOWN; OPTION_INVALID as `backboneEntry` */
export function entryOf(
  settings: Pick<RunSettings, "model" | "backbone" | "pixels">,
  models?: readonly ZooEntry[],
): ZooEntry {
  return hasBackbone(settings) ? backboneEntry(settings) : findModel(settings.model, models);
}

/** @throws AppError OPTION_INVALID where nobody says how it wants its pixels */
export function backboneEntry({ backbone, pixels }: Pick<RunSettings, "backbone" | "pixels">): ZooEntry {
  const file = basename(backbone);
  const scaling = statedScaling(pixels);
  if (scaling === undefined) {
    throw new AppError("OPTION_INVALID", {
      place: "pixels",
      rule: "must say how a backbone wants its pixels: its file does not, and in another range its features mean nothing",
      received: `"${pixels}"`,
      remedy:
        "Give 0..1, -1..1, imagenet (timm), -1024..1024 (torchxrayvision), 0..255 or mean=…,std=… as its publisher states",
    });
  }
  const recipe = { weights: "random", trainable: { kind: "head" } } as const;
  return {
    id: backboneId,
    aliases: [],
    title: `Logistic regression on features of ${file}`,
    description: "A backbone by others, which stays as it is, and a head of one dense layer that was fitted here.",
    input: { imageSize: 224, channels: 3 },
    scaling: { sound: scaling, study: scaling },
    classes: ["NORMAL", "PNEUMONIA"],
    licence: "unknown",
    origin: `${file}, as it was given`,
    study: null,
    firstHeadLayer: null,
    pretrained: null,
    transfer: { sound: recipe, study: recipe },
    gradCamLayer: "features",
    build: () => {
      throw new AppError("MODEL_INVALID", {
        place: file,
        rule: "no layers of ours can be made of a backbone: they are its file's",
        received: "a .onnx file",
        remedy: "Use the run's model.onnx",
      });
    },
  };
}
