// What tests that are slow go through instead of the whole registry: a size of a family differs from the others in its
// numbers of layers and channels alone, which its golden file (training/keras-zoo.test.ts) compares with Keras.
import { inferShapes } from "../../src/model/shapes.js";
import { zoo } from "../../src/model/zoo/registry.js";
import type { ZooEntry } from "../../src/model/zoo/zoo-entry.js";

/** Sizes of a family -> the one that stands for it. A model that is not named here stands for itself. */
const standIns: Readonly<Record<string, string>> = {
  densenet169: "densenet121",
  densenet201: "densenet121",
  efficientnetb1: "efficientnetb0",
  efficientnetb2: "efficientnetb0",
  efficientnetb3: "efficientnetb0",
  resnet101v2: "resnet50v2",
  resnet152v2: "resnet50v2",
};

/** The id of the model that stands for this one's family. */
export const familyOf = (id: string): string => standIns[id] ?? id;

export const oneOfEachFamily: readonly ZooEntry[] = zoo.filter(({ id }) => familyOf(id) === id);

/** The least image size, from `from` on, at which the layer of the heat maps still has positions. */
export function smallImageSize(entry: ZooEntry, from = 64): number {
  for (let size = from; size <= entry.input.imageSize; size += 16) {
    if (hasPositions(entry, size)) return size;
  }
  return entry.input.imageSize;
}

function hasPositions({ build, gradCamLayer }: ZooEntry, imageSize: number): boolean {
  try {
    const [height = 1, width = 1] = inferShapes(build({ imageSize })).get(gradCamLayer) ?? [];
    return height * width > 1;
  } catch {
    return false; // a window that does not fit into its input
  }
}
