// From uploaded bytes to results: decoded some at a time, prepared, through the model in batches, clients in turns. An image
// that cannot be read becomes an entry that says why; the others go on. Knows nothing of HTTP.
import { AppError, messageOf } from "../../core/errors.js";
import type { ShiftWatch } from "../../evaluation/shift/shift-watch.js";
import type { HeatMapClass } from "../../explain/heat-map-class.js";
import { limitsOf } from "../../images/image-limits.js";
import type { ModelOutput } from "../../inference/inference-model.js";
import { prepareImage } from "../../inference/prepare-image.js";
import { traitsOf } from "../../inference/prepared-input.js";
import { type ImageOutput, type Result, scoredResult } from "../../inference/result.js";
import { stackImages } from "../../inference/stack-images.js";
import { heatMapsOf } from "../../model/heat-map.js";
import type { DecodeRadiograph, ServedModel } from "../served-model.js";
import type { ServerOptions } from "../server-options.js";
import type { Upload } from "../uploads.js";
import { Batcher } from "./batcher.js";
import { FairGate } from "./fair-gate.js";
import { ProgressWatch } from "./progress-watch.js";

export interface InferenceParts {
  readonly model: ServedModel;
  readonly decodeRadiograph: DecodeRadiograph;
  /** Counts every image that is scored. */
  readonly watch?: Pick<ShiftWatch, "add"> | undefined;
  readonly onBatch?: (size: number, elapsedMs: number) => void;
  /** Told of errors that should not happen; what it is told holds no file names. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

export interface InferenceRequest {
  /** Whose turn it takes. */
  readonly client: string;
  /** The class whose heat map is wanted; undefined for none. */
  readonly heatMaps: HeatMapClass | undefined;
  readonly signal: AbortSignal;
  /** Told when the first of its images is begun. */
  readonly onBegin?: () => void;
}

/** Parts of the work that may make no progress. */
export type Stage = "decoding" | "the model";

/** Between an answer and the next request of a client that is at work. */
const reserveMs = 1000;

export class InferenceService {
  readonly #parts: InferenceParts;
  readonly #options: ServerOptions;
  /** Images that are begun: as many as keep decoders and batches busy, so that clients take turns before and not after. */
  readonly #begun: FairGate;
  readonly #decoding: FairGate;
  readonly #batches: Batcher<Uint8Array, ImageOutput>;
  readonly #progress: Readonly<Record<Stage, ProgressWatch>>;

  /** @param now milliseconds, monotonic */
  constructor(parts: InferenceParts, options: ServerOptions, now: () => number) {
    this.#parts = parts;
    this.#options = options;
    const { maxBatch, decoders, stallMs } = options;
    this.#begun = new FairGate(decoders + maxBatch, now, reserveMs);
    this.#decoding = new FairGate(decoders, now);
    this.#progress = { decoding: new ProgressWatch(stallMs, now), "the model": new ProgressWatch(stallMs, now) };
    const run = (images: readonly Uint8Array[]) => this.#progress["the model"].during(() => this.#score(images));
    this.#batches = new Batcher(run, { maxBatch, onBatch: parts.onBatch });
  }

  /** The part of the work that has something to do and ends nothing; undefined while all is well. */
  get stalled(): Stage | undefined {
    const stages = Object.keys(this.#progress) as Stage[];
    return stages.find((stage) => this.#progress[stage].isStalled);
  }

  /**
   * One result per upload, in order.
   * @throws the signal's reason when it aborts
   */
  run(uploads: readonly Upload[], request: InferenceRequest): Promise<readonly Result[]> {
    const { client, signal, onBegin } = request;
    const aborted = new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    const runOne = (upload: Upload) => {
      const action = () => {
        onBegin?.();
        return this.#runOne(upload, request);
      };
      return this.#begun.run(client, action, signal);
    };
    // What libvips decodes or the model scores cannot be stopped, but nobody waits for it any more.
    return Promise.race([Promise.all(uploads.map(runOne)), aborted]);
  }

  async #runOne({ name, bytes }: Upload, { client, heatMaps, signal }: InferenceRequest): Promise<Result> {
    const { decodeRadiograph, model, watch } = this.#parts;
    const { classes, threshold, unsure } = model.contract;
    try {
      const decode = async () => {
        const decoded = await decodeRadiograph(bytes, { name, limits: limitsOf(this.#options.maxPixels), signal });
        const prepared = prepareImage(decoded, model.contract);
        const traits = watch === undefined ? undefined : traitsOf(prepared, decoded, model.contract);
        return { prepared, traits };
      };
      const { prepared, traits } = await this.#decoding.run(
        client,
        () => this.#progress.decoding.during(decode),
        signal,
      );
      const output = await this.#batches.submit(prepared.pixels, signal);
      const wanted = { classes, threshold: threshold.value, unsure, heatMaps };
      const result = scoredResult(name, output, prepared, wanted, "the served model");
      if (traits !== undefined) watch?.add({ score: result.score, traits });
      return result;
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof AppError) return { kind: "failed", name, error: thrown };
      this.#parts.onFault?.(thrown);
      const rule = `cannot be read: ${messageOf(thrown)}`;
      const remedy = "Try another image; if none works, check the model";
      return {
        kind: "failed",
        name,
        error: new AppError("SERVER_FAULT", { place: name, rule, remedy }, { cause: thrown }),
      };
    }
  }

  /** @param images each [imageSize, imageSize] */
  async #score(images: readonly Uint8Array[]): Promise<readonly ImageOutput[]> {
    const { scores, heatMaps } = await this.#ask(stackImages(images));
    return images.map((_, i) => ({
      score: scores[i] ?? Number.NaN,
      heatMaps: heatMaps === null ? null : heatMapsOf(heatMaps, i),
    }));
  }

  /** A client learns that the model fails, and no path of this machine. */
  async #ask(images: Uint8Array): Promise<ModelOutput> {
    try {
      return await this.#parts.model.run(images);
    } catch (thrown) {
      this.#parts.onFault?.(thrown);
      const facts = {
        place: "the served model",
        rule: "should run",
        received: "an error from it",
        remedy: "Try it on one image without the server",
      };
      throw new AppError("MODEL_INVALID", facts, { cause: thrown });
    }
  }
}
