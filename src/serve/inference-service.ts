// From uploaded bytes to results: decoded some at a time, prepared, through the model in batches. An image that cannot be
// read becomes an entry that says why; the others go on. Knows nothing of HTTP.
import { AppError, messageOf } from "../core/errors.js";
import { Gate } from "../core/gate.js";
import type { HeatMapClass } from "../explain/heat-map-class.js";
import { limitsOf } from "../images/image-limits.js";
import type { ModelOutput } from "../inference/inference-model.js";
import { prepareImage } from "../inference/prepare-image.js";
import { type ImageOutput, type Result, scoredResult } from "../inference/result.js";
import { stackImages } from "../inference/stack-images.js";
import { heatMapsOf } from "../model/heat-map.js";
import { Batcher } from "./batcher.js";
import type { DecodeRadiograph, ServedModel } from "./served-model.js";
import type { ServerOptions } from "./server-options.js";
import type { Upload } from "./uploads.js";

export interface InferenceParts {
  readonly model: ServedModel;
  readonly decodeRadiograph: DecodeRadiograph;
  readonly onBatch?: (size: number, elapsedMs: number) => void;
  /** Told of errors that should not happen; what it is told holds no file names. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

export class InferenceService {
  readonly #parts: InferenceParts;
  readonly #options: ServerOptions;
  readonly #decoding: Gate;
  readonly #batches: Batcher<Uint8Array, ImageOutput>;

  constructor(parts: InferenceParts, options: ServerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#decoding = new Gate(options.decoders);
    const { maxBatch } = options;
    this.#batches = new Batcher((images) => this.#score(images), { maxBatch, onBatch: parts.onBatch });
  }

  /**
   * One result per upload, in order.
   * @param heatMaps the class whose heat map is wanted; undefined for none
   * @throws the signal's reason when it aborts
   */
  run(uploads: readonly Upload[], heatMaps: HeatMapClass | undefined, signal: AbortSignal): Promise<readonly Result[]> {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    // What libvips decodes or the model scores cannot be stopped, but nobody waits for it any more.
    return Promise.race([Promise.all(uploads.map((upload) => this.#runOne(upload, heatMaps, signal))), aborted]);
  }

  async #runOne({ name, bytes }: Upload, heatMaps: HeatMapClass | undefined, signal: AbortSignal): Promise<Result> {
    const { decodeRadiograph, model } = this.#parts;
    const { classes, threshold } = model.contract;
    try {
      const prepared = await this.#decoding.run(async () => {
        const decoded = await decodeRadiograph(bytes, { name, limits: limitsOf(this.#options.maxPixels), signal });
        return prepareImage(decoded, model.contract);
      }, signal);
      const output = await this.#batches.submit(prepared.pixels, signal);
      return scoredResult(
        name,
        output,
        prepared,
        { classes, threshold: threshold.value, heatMaps },
        "the served model",
      );
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
