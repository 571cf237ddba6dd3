// How images reach the part of a network that learns: straight, through a frozen part, or as that part's values, computed
// once when no augmentation changes the images from epoch to epoch.
import { tmpdir } from "node:os";
import type { ModelGraph } from "../model/model-graph.js";
import { inferShapes, product, type Shape } from "../model/shapes.js";
import { splitGraph } from "../model/split-graph.js";
import type { PixelScaling } from "../model/zoo/zoo-entry.js";
import { inArena } from "../tensor/arena.js";
import { noGrad } from "../tensor/engine.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Augmenter } from "./augmentations/augmenter.js";
import { type BatchShare, type Part, shareOf } from "./data-parallel/batch-share.js";
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
  /** The input of `part` for training images, those of `share` where the batch is not all here; the caller disposes of it. */
  batch(indices: Int32Array, augmenter: Augmenter, share?: BatchShare): Promise<Tensor>;
  /** P(pneumonia) for each index that is this process' turn, in order, in float32. Null leaves images as they are. */
  scores(indices: Int32Array, augmenter: Augmenter | null): Promise<Float32Array>;
  dispose(): Promise<void>;
}

export interface ImagePathOptions {
  readonly scaling: PixelScaling;
  readonly batchSize: number;
  /** Where this process has only a part of the images; absent: it has all. */
  readonly sharing?: Sharing;
  /** Images whose frozen values can be kept because nothing changes them, of this process; null computes each batch anew. */
  readonly unchanging: Int32Array | null;
  /** "none" trains the network as one, frozen layers included. */
  readonly frozenPrefix: PrefixEngineName | "fastest" | "none";
  readonly chosen: PrefixChoice | null;
  /** For a temporary file of frozen values; the system's own folder when absent. */
  readonly scratchFolder?: string;
  /** Called while frozen values are computed once; may throw to end it. */
  readonly onFeatures: (done: number, total: number) => void;
}

/** One of several processes. */
export interface Sharing {
  /** Which images of a list are its to score: every `size`-th, from `rank` on. */
  readonly part: Part;
  /** The most unchanging images that a process has. */
  readonly mostUnchanging: number;
}

/** @throws AppError ENGINE_MISSING, FILE_UNWRITABLE */
export async function openImagePath(
  network: Network,
  images: PixelArray,
  options: ImagePathOptions,
): Promise<ImagePath> {
  const { frozenPrefix, chosen, scaling, sharing } = options;
  const unchanging = areFewEnough(network.graph, sharing?.mostUnchanging ?? options.unchanging?.length ?? 0)
    ? options.unchanging
    : null;
  const input: Input = (indices, augmenter, share) =>
    noGrad(() =>
      inArena(() => {
        const gathered = gatherImages(images, indices, network.device);
        const given = augmenter === null ? gathered : augmenter.apply(gathered, share);
        return scaleImages(given, scaling);
      }),
    );
  if (frozenPrefix === "none") return straight(network, input, options);
  const prefix = await openFrozenPrefix(network, {
    engine: frozenPrefix,
    chosen,
    precision: unchanging === null ? network.precision : "float32", // kept values score too
  });
  if (prefix === null) return straight(network, input, options);
  const path = throughPrefix(network, prefix, input, options);
  if (unchanging === null) return path;
  try {
    return await withKeptFeatures(path, prefix, input, unchanging, options);
  } catch (thrown) {
    await path.dispose();
    throw thrown;
  }
}

/** Scaled images on the network's device. */
type Input = (indices: Int32Array, augmenter: Augmenter | null, share?: BatchShare) => Tensor;

type Scoring = Pick<ImagePathOptions, "batchSize" | "sharing">;

function straight(network: Network, input: Input, scoring: Scoring): ImagePath {
  return {
    part: network,
    choice: null,
    batch: async (indices, augmenter, share) => input(indices, augmenter, share),
    scores: (indices, augmenter) =>
      scoreOwn(indices, scoring, async (batch, share) =>
        inArena(() => network.predict(input(batch, augmenter, share))),
      ),
    dispose: async () => undefined,
  };
}

function throughPrefix(network: Network, prefix: FrozenPrefix, input: Input, scoring: Scoring): ImagePath {
  const part = network.behind(prefix.choice.boundary);
  return {
    part,
    choice: prefix.choice,
    batch: (indices, augmenter, share) => featuresOf(prefix.training, input(indices, augmenter, share)),
    scores: (indices, augmenter) =>
      scoreOwn(indices, scoring, async (batch, share) =>
        using(await featuresOf(prefix.scoring, input(batch, augmenter, share)), part.predict),
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
  options: ImagePathOptions,
): Promise<ImagePath> {
  const { batchSize, scratchFolder = tmpdir(), onFeatures } = options;
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
  const features = (indices: Int32Array) => store.read(indices, part.device);
  return {
    ...path,
    batch: features,
    scores: (indices) => scoreOwn(indices, options, async (batch) => using(await features(batch), part.predict)),
    dispose,
  };
}

/** As `scoreBatches` for the images that are this process' turn; `score` also gets which of its batch of all processes they are. */
function scoreOwn(
  indices: Int32Array,
  { batchSize, sharing }: Scoring,
  score: (batch: Int32Array, share: BatchShare) => Promise<Float32Array>,
): Promise<Float32Array> {
  const { part } = sharing ?? { part: { rank: 0, size: 1 } };
  const own = indices.filter((_index, place) => place % part.size === part.rank);
  let before = 0;
  return scoreBatches(own, batchSize, (batch) => {
    const whole = Math.min(batchSize * part.size, indices.length - before);
    before += whole;
    return score(batch, shareOf(whole, part));
  });
}

/** Whether the frozen values of so many images may be kept. */
function areFewEnough(graph: ModelGraph, images: number): boolean {
  const boundary = splitGraph(graph)?.prefix.output ?? graph.output;
  const valuesPerImage = product(inferShapes(graph).get(boundary) as Shape);
  return images * valuesPerImage * Float32Array.BYTES_PER_ELEMENT <= maxFeatureBytes;
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
