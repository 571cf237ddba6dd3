// How much work and memory the server has taken on. Both are bounded: what does not fit is refused before it is begun,
// with the time after which it is worth trying again.
import { AppError } from "../core/errors.js";

/** SERVER_BUSY with the seconds for the header Retry-After. */
export class ServerBusyError extends AppError {
  readonly retryAfterSeconds: number;

  constructor(rule: string, received: string, retryAfterSeconds: number) {
    super("SERVER_BUSY", { place: "the server", rule, received, remedy: `Try again in ${retryAfterSeconds} s` });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Weight of the newest request in the mean time an image takes. */
const newest = 0.2;
const longestWaitSeconds = 60;

/** The images that wait or are being read, and how long one takes. */
export class Backlog {
  #images = 0;
  #secondsPerImage = 0.05;
  readonly #capacity: number;
  readonly #now: () => number;

  /** @param now milliseconds, monotonic */
  constructor(capacity: number, now: () => number) {
    this.#capacity = capacity;
    this.#now = now;
  }

  get images(): number {
    return this.#images;
  }

  /** @throws ServerBusyError when not even one more image fits */
  refuseWhenFull(): void {
    if (this.#images >= this.#capacity) throw this.#busy(1);
  }

  /**
   * Takes so many images on.
   * @returns what to call when they are done
   * @throws ServerBusyError when they do not fit
   */
  enter(images: number): () => void {
    if (this.#images + images > this.#capacity) throw this.#busy(images);
    this.#images += images;
    const ahead = this.#images;
    const start = this.#now();
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#images -= images;
      const seconds = (this.#now() - start) / 1000 / ahead;
      this.#secondsPerImage += newest * (seconds - this.#secondsPerImage);
    };
  }

  #busy(images: number): ServerBusyError {
    const toWait = this.#images + images - this.#capacity + this.#capacity / 2; // until the queue is half empty
    const seconds = Math.min(longestWaitSeconds, Math.max(1, Math.ceil(toWait * this.#secondsPerImage)));
    const rule = `takes ${this.#capacity} images at a time`;
    return new ServerBusyError(rule, `${images} with ${this.#images} waiting`, seconds);
  }
}

/** The bytes of request bodies that are held. */
export class HeldBytes {
  #bytes = 0;
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws ServerBusyError when they do not fit */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.#capacity) {
      throw new ServerBusyError(`holds ${this.#capacity} bytes of requests at most`, "more than these", 1);
    }
    this.#bytes += bytes;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}
