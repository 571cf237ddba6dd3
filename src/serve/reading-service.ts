// From uploaded bytes to readings: decoded some at a time, looked at by the scope check, through the model in batches.
// An image that cannot be read becomes an entry that says why; the others go on. Knows nothing of HTTP.
import { AppError, messageOf } from "../core/errors.js";
import { Gate } from "../core/gate.js";
import { isPositive } from "../evaluation/confusion.js";
import type { ImageWarning } from "../images/image-warning.js";
import { type ScopeCheck, scopeView } from "../images/out-of-scope/check-scope.js";
import { resize } from "../images/resize.js";
import type { Reading } from "../inference/open-model.js";
import { stackImages } from "../inference/stack-images.js";
import { type HeatMapBatch, heatMapsOf } from "../model/heat-map.js";
import { Batcher } from "./batcher.js";
import type { CheckScope, ReadRadiograph, ServedModel } from "./served-model.js";
import type { ServerOptions } from "./server-options.js";
import type { Upload } from "./uploads.js";

/** What became of one image. */
export type ImageReading =
  | {
      readonly kind: "scored";
      readonly name: string;
      /** P(pneumonia), 0..1. */
      readonly score: number;
      readonly label: "NORMAL" | "PNEUMONIA";
      readonly warnings: readonly ImageWarning[];
      /** Undefined where nothing was checked. */
      readonly scope: ScopeCheck | undefined;
      /** Of this one image; null where the model gives none. */
      readonly heatMaps: HeatMapBatch | null;
    }
  | { readonly kind: "failed"; readonly name: string; readonly error: AppError };

export interface ReadingParts {
  readonly model: ServedModel;
  readonly readRadiograph: ReadRadiograph;
  readonly checkScope?: CheckScope | undefined;
  readonly onBatch?: (size: number, elapsedMs: number) => void;
  /** Told of errors that should not happen; what it is told holds no file names. */
  readonly onFault?: (fault: unknown) => void;
}

interface Scored {
  readonly score: number;
  readonly heatMaps: HeatMapBatch | null;
}

export class ReadingService {
  readonly #parts: ReadingParts;
  readonly #options: ServerOptions;
  readonly #decoding: Gate;
  readonly #batches: Batcher<Uint8Array, Scored>;

  constructor(parts: ReadingParts, options: ServerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#decoding = new Gate(options.decoders);
    const { maxBatch } = options;
    this.#batches = new Batcher((images) => this.#score(images), { maxBatch, onBatch: parts.onBatch });
  }

  /** One reading per upload, in order. @throws the signal's reason when it aborts */
  read(uploads: readonly Upload[], signal: AbortSignal): Promise<readonly ImageReading[]> {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    // What is being decoded or scored cannot be stopped, but nobody waits for it any more.
    return Promise.race([Promise.all(uploads.map((upload) => this.#readOne(upload, signal))), aborted]);
  }

  async #readOne({ name, bytes }: Upload, signal: AbortSignal): Promise<ImageReading> {
    const { contract } = this.#parts.model;
    try {
      const decoded = await this.#decoding.run(() => this.#decode(name, bytes), signal);
      const { score, heatMaps } = await this.#batches.submit(decoded.pixels, signal);
      const label = contract.classes[isPositive(score, contract.threshold.value) ? 1 : 0];
      return { kind: "scored", name, score, label, warnings: decoded.warnings, scope: decoded.scope, heatMaps };
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof AppError) return { kind: "failed", name, error: thrown };
      this.#parts.onFault?.(thrown);
      const message = `${name}: cannot be read: ${messageOf(thrown)}. Try another image; if none works, check the model.`;
      return { kind: "failed", name, error: new AppError("SERVER_FAULT", message, { cause: thrown }) };
    }
  }

  async #decode(name: string, bytes: Uint8Array) {
    const { model, readRadiograph, checkScope } = this.#parts;
    const { imageSize, interpolation } = model.contract;
    const { image, warnings } = await readRadiograph(bytes, { name, limits: this.#options.imageLimits });
    const resized = resize(image, imageSize, imageSize, interpolation);
    const scope = checkScope?.(scopeView(image, resized, interpolation));
    return { pixels: resized.data, warnings, scope };
  }

  /** @param images each [imageSize, imageSize] */
  async #score(images: readonly Uint8Array[]): Promise<readonly Scored[]> {
    const answer = await this.#ask(stackImages(images));
    return images.map((_, i) => {
      const score = answer.scores[i] ?? Number.NaN;
      if (score >= 0 && score <= 1) return { score, heatMaps: answer.heatMaps && heatMapsOf(answer.heatMaps, i) };
      throw new AppError(
        "MODEL_INVALID",
        `the served model gives a probability from 0 to 1. Received ${score}. Its weights are broken: export or train it again.`,
      );
    });
  }

  /** A client learns that the model fails, and no path of this machine. */
  async #ask(images: Uint8Array): Promise<Reading> {
    try {
      return await this.#parts.model.read(images);
    } catch (thrown) {
      this.#parts.onFault?.(thrown);
      const message = "the served model should run. Received an error from it. Try it with pneumoscope predict.";
      throw new AppError("MODEL_INVALID", message, { cause: thrown });
    }
  }
}
