// The bytes of request bodies in memory, over all requests and for each client. When there is no room, an upload that
// stands still gives way; one that comes too slowly is ended even where there is room.
import { AppError } from "../../core/errors.js";
import { ServerBusyError } from "../work/server-busy.js";

export interface HeldBytesOptions {
  readonly maxHeldBytes: number;
  readonly maxHeldBytesPerClient: number;
  readonly minUploadBytesPerSecond: number;
}

/** Why an upload was ended; a label in the metrics. */
export type UploadDropReason = "upload-gave-way" | "upload-too-slow";

/** One request's body. */
export interface Upload {
  /** @throws ServerBusyError when these do not fit and nobody gives way */
  take(bytes: number): void;
  /** The body is whole: it is never ended from now on. */
  arrived(): void;
  release(): void;
}

interface Held {
  readonly client: string;
  readonly end: (error: AppError) => void;
  bytes: number;
  isArriving: boolean;
  movedMs: number;
  /** Over which its rate is measured. */
  windowStartMs: number;
  windowBytes: number;
}

/** An upload that stood still for less does not give way. */
const stillMs = 1000;
/** Long enough for a connection that is lost and found again. */
const windowMs = 5000;

export class HeldBytes {
  readonly #options: HeldBytesOptions;
  readonly #onDrop: (reason: UploadDropReason) => void;
  readonly #now: () => number;
  readonly #held = new Set<Held>();
  #bytes = 0;

  /** @param now milliseconds, monotonic */
  constructor(options: HeldBytesOptions, onDrop: (reason: UploadDropReason) => void, now: () => number) {
    this.#options = options;
    this.#onDrop = onDrop;
    this.#now = now;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @param end told when the upload is ended by the server; its bytes are to be released then */
  open(client: string, end: (error: AppError) => void): Upload {
    const now = this.#now();
    const held: Held = { client, end, bytes: 0, isArriving: true, movedMs: now, windowStartMs: now, windowBytes: 0 };
    this.#held.add(held);
    return {
      take: (bytes) => {
        this.#makeRoom(held, bytes);
        held.bytes += bytes;
        this.#bytes += bytes;
        held.windowBytes += bytes;
        held.movedMs = this.#now();
      },
      arrived: () => {
        held.isArriving = false;
      },
      release: () => {
        if (this.#held.delete(held)) this.#bytes -= held.bytes;
      },
    };
  }

  /** To be called about once a second: ends the uploads that are too slow. */
  sweep(): void {
    const now = this.#now();
    for (const held of this.#held) {
      if (!held.isArriving || now - held.windowStartMs < windowMs) continue;
      const least = (this.#options.minUploadBytesPerSecond * windowMs) / 1000;
      if (held.windowBytes < least) this.#end(held, "upload-too-slow", tooSlow(this.#options));
      held.windowStartMs = now;
      held.windowBytes = 0;
    }
  }

  #makeRoom({ client }: Held, bytes: number): void {
    const { maxHeldBytes, maxHeldBytesPerClient } = this.#options;
    const ofClient = () => [...this.#held].filter((held) => held.client === client);
    const sum = (all: readonly Held[]) => all.reduce((total, held) => total + held.bytes, 0);
    while (sum(ofClient()) + bytes > maxHeldBytesPerClient) {
      if (!this.#giveWay(ofClient())) throw full(`holds ${maxHeldBytesPerClient} bytes of one client at most`);
    }
    while (this.#bytes + bytes > maxHeldBytes) {
      if (!this.#giveWay([...this.#held])) throw full(`holds ${maxHeldBytes} bytes of requests at most`);
    }
  }

  /** Ends the largest of the uploads that stand still. */
  #giveWay(candidates: readonly Held[]): boolean {
    const now = this.#now();
    const still = candidates.filter(
      ({ isArriving, movedMs, bytes }) => isArriving && bytes > 0 && now - movedMs > stillMs,
    );
    const [largest] = still.sort((a, b) => b.bytes - a.bytes);
    if (largest === undefined) return false;
    this.#end(largest, "upload-gave-way", full("has no room for uploads that stand still"));
    return true;
  }

  #end(held: Held, reason: UploadDropReason, error: AppError): void {
    this.#onDrop(reason);
    held.end(error);
    if (this.#held.delete(held)) this.#bytes -= held.bytes;
  }
}

const full = (rule: string) => new ServerBusyError(rule, "more than these", 1);

const tooSlow = ({ minUploadBytesPerSecond }: HeldBytesOptions) =>
  new AppError("REQUEST_TOO_SLOW", {
    place: "request",
    rule: `must arrive with ${minUploadBytesPerSecond} bytes a second at least`,
    received: "one that came more slowly",
    remedy: "Send less at once",
  });
