// The server's limits and their defaults, in one place.
import { availableParallelism } from "node:os";
import { checkOptions, type OptionRules, wholeNumber } from "../core/check-options.js";
import { AppError } from "../core/errors.js";
import { defaultImageLimits } from "../images/image-limits.js";
import { aPixelLimit } from "../images/pixel-limit.js";

/**
 * Limits that keep a server standing whatever it is sent. `ServeOptions` has them all as options with these defaults.
 */
export interface ServerOptions {
  /** Bytes of one request's body; default 128 MiB: an uncompressed radiograph has up to 40. */
  readonly maxBodyBytes: number;
  /** Bytes of all bodies held at a time; default 512 MiB. */
  readonly maxHeldBytes: number;
  /** Of these, of one client (a token's name, else an address); default 256 MiB. */
  readonly maxHeldBytesPerClient: number;
  /** Bytes a second with which a body must arrive, over 5 s; default 8 KiB. */
  readonly minUploadBytesPerSecond: number;
  /** Images in one request; default 32. */
  readonly maxFiles: number;
  /** Images that wait or are being read, over all requests; default 64. More are refused with 429. */
  readonly maxQueue: number;
  /** Images that go through the model together; default 16. */
  readonly maxBatch: number;
  /** Images decoded at a time; default one for each processor, four at most. */
  readonly decoders: number;
  /** Pixels that an image may have, 10,000..1,000,000,000; default 100 million. */
  readonly maxPixels: number;
  /** Time for a request's headers to arrive, and for a new connection to send anything; default 5 s. */
  readonly headersTimeoutMs: number;
  /** Time for a whole request to arrive; default 30 s. */
  readonly receiveTimeoutMs: number;
  /** Time from a request's arrival to its answer; default 60 s. */
  readonly workTimeoutMs: number;
  /** How long an idle connection is kept; default 10 s. */
  readonly keepAliveMs: number;
  /** Open connections; default 512. A new one beyond them takes the place of the one that was silent longest. */
  readonly maxConnections: number;
  /** Of these, of one address; default 256. */
  readonly maxConnectionsPerClient: number;
  /** Requests that a client may send on one connection before it has the answers; default 4. */
  readonly maxPipelined: number;
  /** Time after which work that ends nothing makes the server not ready; default 10 s. */
  readonly stallMs: number;
  /** Host names, beside localhost and every IP address, that requests may be sent to; none by default. */
  readonly allowedHosts: readonly string[];
}

export const defaultServerOptions: ServerOptions = {
  maxBodyBytes: 128 * 2 ** 20,
  maxHeldBytes: 512 * 2 ** 20,
  maxHeldBytesPerClient: 256 * 2 ** 20,
  minUploadBytesPerSecond: 8 * 2 ** 10,
  maxFiles: 32,
  maxQueue: 64,
  maxBatch: 16,
  decoders: Math.min(4, availableParallelism()),
  maxPixels: defaultImageLimits.maxPixels,
  headersTimeoutMs: 5_000,
  receiveTimeoutMs: 30_000,
  workTimeoutMs: 60_000,
  keepAliveMs: 10_000,
  maxConnections: 512,
  maxConnectionsPerClient: 256,
  maxPipelined: 4,
  stallMs: 10_000,
  allowedHosts: [],
};

const atLeast1 = wholeNumber(1, Number.MAX_SAFE_INTEGER);
const rules: OptionRules<ServerOptions> = {
  maxBodyBytes: atLeast1,
  maxHeldBytes: atLeast1,
  maxHeldBytesPerClient: atLeast1,
  minUploadBytesPerSecond: atLeast1,
  maxFiles: atLeast1,
  maxQueue: atLeast1,
  maxBatch: atLeast1,
  decoders: atLeast1,
  maxPixels: aPixelLimit,
  headersTimeoutMs: atLeast1,
  receiveTimeoutMs: atLeast1,
  workTimeoutMs: atLeast1,
  keepAliveMs: atLeast1,
  maxConnections: atLeast1,
  maxConnectionsPerClient: atLeast1,
  maxPipelined: atLeast1,
  stallMs: atLeast1,
  allowedHosts: { rule: "a list of host names", holds: (value) => Array.isArray(value) },
};

/** The given options over the defaults. @throws AppError OPTION_INVALID for limits that contradict each other */
export function serverOptions(given: Partial<ServerOptions>): ServerOptions {
  checkOptions<Partial<ServerOptions>>("server", given, rules);
  const options = { ...defaultServerOptions, ...given };
  if (options.maxFiles > options.maxQueue) {
    throw new AppError("OPTION_INVALID", {
      place: "maxFiles, maxQueue",
      rule: "a request may have as many images as may wait, at most",
      received: `${options.maxFiles} images a request and ${options.maxQueue} waiting`,
      remedy: "Raise the second or lower the first",
    });
  }
  const { maxBodyBytes, maxHeldBytes, maxHeldBytesPerClient } = options;
  return {
    ...options,
    maxHeldBytes: Math.max(maxHeldBytes, maxBodyBytes),
    maxHeldBytesPerClient: Math.max(maxHeldBytesPerClient, maxBodyBytes),
  };
}
