// How many images the server has taken on. What does not fit is refused before it is begun, with the time after which it
// is worth trying again; when it is full, who has the most waiting gives way to who has less.
import { ServerBusyError } from "./server-busy.js";

/** A request's place among those that wait. */
export interface Place {
  /** Aborts with a ServerBusyError when the request must give way. */
  readonly signal: AbortSignal;
  /** The first of its images is being read: it does not give way any more. */
  begin(): void;
  leave(): void;
}

interface Taken {
  readonly client: string;
  readonly images: number;
  readonly startMs: number;
  readonly controller: AbortController;
  isBegun: boolean;
}

/** Weight of the newest request in the mean time an image takes. */
const newest = 0.2;
const longestWaitSeconds = 60;

/** The images that wait or are being read, and how long one takes. */
export class Backlog {
  /** In the order in which they came. */
  readonly #taken = new Set<Taken>();
  #images = 0;
  #secondsPerImage = 0.05;
  readonly #capacity: number;
  readonly #now: () => number;
  readonly #onGaveWay: () => void;

  /**
   * @param now milliseconds, monotonic
   * @param onGaveWay told of every request that must
   */
  constructor(capacity: number, now: () => number, onGaveWay: () => void = () => undefined) {
    this.#capacity = capacity;
    this.#now = now;
    this.#onGaveWay = onGaveWay;
  }

  get images(): number {
    return this.#images;
  }

  /** @throws ServerBusyError when not even one more image of this client fits */
  refuseWhenFull(client: string): void {
    if (this.#victims(client, 1) === undefined) throw this.#busy(1);
  }

  /**
   * Takes so many images on.
   * @throws ServerBusyError when they do not fit
   */
  enter(images: number, client: string): Place {
    const victims = this.#victims(client, images);
    if (victims === undefined) throw this.#busy(images);
    for (const victim of victims) {
      this.#remove(victim);
      this.#onGaveWay();
      victim.controller.abort(this.#busy(victim.images));
    }
    const taken: Taken = { client, images, startMs: this.#now(), controller: new AbortController(), isBegun: false };
    this.#taken.add(taken);
    this.#images += images;
    const ahead = this.#images;
    return {
      signal: taken.controller.signal,
      begin: () => {
        taken.isBegun = true;
      },
      leave: () => {
        if (!this.#remove(taken)) return;
        const seconds = (this.#now() - taken.startMs) / 1000 / ahead;
        this.#secondsPerImage += newest * (seconds - this.#secondsPerImage);
      },
    };
  }

  /** Who must give way for so many images of a client; undefined where they do not fit. */
  #victims(client: string, images: number): readonly Taken[] | undefined {
    const counts = new Map<string, number>();
    for (const taken of this.#taken) counts.set(taken.client, (counts.get(taken.client) ?? 0) + taken.images);
    const own = (counts.get(client) ?? 0) + images;
    const waiting = [...this.#taken].filter(({ isBegun }) => !isBegun).reverse();
    const victims: Taken[] = [];
    let free = this.#capacity - this.#images;
    while (free < images) {
      const [most] = [...counts].sort(([, a], [, b]) => b - a).find(([, count]) => count > own) ?? [];
      const victim = waiting.find((taken) => taken.client === most && !victims.includes(taken));
      if (most === undefined || victim === undefined) return undefined;
      victims.push(victim);
      counts.set(most, (counts.get(most) ?? 0) - victim.images);
      free += victim.images;
    }
    return victims;
  }

  #remove(taken: Taken): boolean {
    const was = this.#taken.delete(taken);
    if (was) this.#images -= taken.images;
    return was;
  }

  #busy(images: number): ServerBusyError {
    const toWait = this.#images + images - this.#capacity + this.#capacity / 2; // until the queue is half empty
    const seconds = Math.min(longestWaitSeconds, Math.max(1, Math.ceil(toWait * this.#secondsPerImage)));
    const rule = `takes ${this.#capacity} images at a time`;
    return new ServerBusyError(rule, `${images} with ${this.#images} waiting`, seconds);
  }
}
