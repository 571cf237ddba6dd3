// How images reach the part of a network that learns: straight, through a frozen part, or as that part's values, computed
// once when no augmentation changes the images from epoch to epoch.
import { tmpdir } from "node:os";
import type { ModelGraph } from "../model/model-graph.js";
import { inferShapes, product, type Shape } from "../model/shapes.js";
import { splitGraph } from "../model/split-graph.js";
import type { PixelScaling } from "../model/zoo/zoo-entry.js";
import { inArena } from "../tensor/arena.js";
import { moveTo, noGrad } from "../tensor/engine.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Augmenter } from "./augmentations/augmenter.js";
import { FeatureStore, maxFeatureBytes } from "./feature-store.js";
import { type FrozenPrefix, openFrozenPrefix, type PrefixChoice } from "./frozen-prefix.js";
import { gatherImages, type PixelArray, scaleImages } from "./image-batch.js";
import type { Network, NetworkPart } from "./network.js";
import type { PrefixEngine, PrefixEngineName } from "./prefix-engine.js";
import { batchesInOrder, scoreBatches } from "./score.js";

export interface ImagePath {
  /** What learns. It takes what `batch` gives. */
  readonly part: NetworkPart;
  /** Null without a frozen part. */
  readonly choice: PrefixChoice | null;
  /** The input of `part` for training images; the caller disposes of it. */
  batch(indices: Int32Array, augmenter: Augmenter): Promise<Tensor>;
  /** P(pneumonia) for each index, in order, in float32. Null leaves images as they are. */
  scores(indices: Int32Array, augmenter: Augmenter | null): Promise<Float32Array>;
  dispose(): Promise<void>;
}

export interface ImagePathOptions {
  readonly scaling: PixelScaling;
  readonly batchSize: number;
  /** Images whose frozen values can be kept because nothing changes them; null computes each batch anew. */
  readonly unchanging: Int32Array | null;
  /** "none" trains the network as one, frozen layers included. */
  readonly frozenPrefix: PrefixEngineName | "fastest" | "none";
  readonly chosen: PrefixChoice | null;
  /** Milliseconds. */
  readonly now: () => number;
  /** For a temporary file of frozen values; the system's own folder when absent. */
  readonly scratchFolder?: string;
  /** Called while frozen values are computed once; may throw to end it. */
  readonly onFeatures: (done: number, total: number) => void;
}

/** @throws AppError ENGINE_MISSING, FILE_UNWRITABLE */
export async function openImagePath(
  network: Network,
  images: PixelArray,
  options: ImagePathOptions,
): Promise<ImagePath> {
  const { frozenPrefix, chosen, now, batchSize, scaling } = options;
  const unchanging = areFewEnough(network.graph, options.unchanging) ? options.unchanging : null;
  const input: Input = (indices, augmenter) =>
    noGrad(() =>
      inArena(() => {
        const gathered = gatherImages(images, indices);
        const given = augmenter === null ? gathered : augmenter.apply(gathered);
        return moveTo(scaleImages(given, scaling), network.device);
      }),
    );
  if (frozenPrefix === "none") return straight(network, input, batchSize);
  const [, ...imageShape] = inArena(() => input(Int32Array.of(0), null).shape);
  const prefix = await openFrozenPrefix(network, {
    engine: frozenPrefix,
    chosen,
    batchShape: [batchSize, ...imageShape],
    precision: unchanging === null ? network.precision : "float32", // kept values score too
    now,
  });
  if (prefix === null) return straight(network, input, batchSize);
  const path = throughPrefix(network, prefix, input, batchSize);
  if (unchanging === null) return path;
  try {
    return await withKeptFeatures(path, prefix, input, unchanging, options);
  } catch (thrown) {
    await path.dispose();
    throw thrown;
  }
}

/** Scaled images on the network's device. */
type Input = (indices: Int32Array, augmenter: Augmenter | null) => Tensor;

function straight(network: Network, input: Input, batchSize: number): ImagePath {
  return {
    part: network,
    choice: null,
    batch: async (indices, augmenter) => input(indices, augmenter),
    scores: (indices, augmenter) =>
      scoreBatches(indices, batchSize, async (batch) => inArena(() => network.predict(input(batch, augmenter)))),
    dispose: async () => undefined,
  };
}

function throughPrefix(network: Network, prefix: FrozenPrefix, input: Input, batchSize: number): ImagePath {
  const part = network.behind(prefix.choice.boundary);
  return {
    part,
    choice: prefix.choice,
    batch: (indices, augmenter) => featuresOf(prefix.training, input(indices, augmenter)),
    scores: (indices, augmenter) =>
      scoreBatches(indices, batchSize, async (batch) =>
        using(await featuresOf(prefix.scoring, input(batch, augmenter)), part.predict),
      ),
    dispose: prefix.dispose,
  };
}

/** As `path` without augmentation: what the frozen part makes of `unchanging` images is computed now, and never again. */
async function withKeptFeatures(
  path: ImagePath,
  prefix: FrozenPrefix,
  input: Input,
  unchanging: Int32Array,
  { batchSize, scratchFolder = tmpdir(), onFeatures }: ImagePathOptions,
): Promise<ImagePath> {
  const { part } = path;
  const store = await FeatureStore.create(scratchFolder);
  const dispose = async () => {
    await store.dispose();
    await path.dispose();
  };
  try {
    for (const batch of batchesInOrder(unchanging, batchSize)) {
      const features = await featuresOf(prefix.scoring, input(batch, null));
      await store.add(batch, features).finally(() => features.dispose());
      onFeatures(store.size, unchanging.length);
    }
  } catch (thrown) {
    await store.dispose();
    throw thrown;
  }
  const features = async (indices: Int32Array) => {
    const kept = await store.read(indices);
    const moved = moveTo(kept, part.device);
    if (moved !== kept) kept.dispose();
    return moved;
  };
  return {
    ...path,
    batch: features,
    scores: (indices) => scoreBatches(indices, batchSize, async (batch) => using(await features(batch), part.predict)),
    dispose,
  };
}

/** Whether the frozen values of so many images may be kept. */
function areFewEnough(graph: ModelGraph, images: Int32Array | null): boolean {
  const boundary = splitGraph(graph)?.prefix.output ?? graph.output;
  const valuesPerImage = product(inferShapes(graph).get(boundary) as Shape);
  return (images?.length ?? 0) * valuesPerImage * Float32Array.BYTES_PER_ELEMENT <= maxFeatureBytes;
}

async function featuresOf(engine: PrefixEngine, images: Tensor): Promise<Tensor> {
  try {
    return await engine.features(images);
  } finally {
    images.dispose();
  }
}

/** `action`'s result for a tensor that nobody else needs. */
function using<T>(tensor: Tensor, action: (tensor: Tensor) => T): T {
  try {
    return action(tensor);
  } finally {
    tensor.dispose();
  }
}
