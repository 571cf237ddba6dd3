// One download over HTTP into a file that grows while it arrives and stays when the connection breaks, so that the next
// try goes on from there. What the bytes should be, the caller knows.
import { open, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError, messageOf, systemCodeOf } from "../errors.js";
import { fileSize, notePart, openPart, type PartSource, removePart } from "./part-state.js";

/** Node.js' fetch, or what stands in for it. */
export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>;

export interface DownloadLimits {
  readonly maxBytes: number;
  /** Longest silence, also before the first byte, in milliseconds. */
  readonly stallMs: number;
  readonly maxRedirects: number;
  /** How often a broken connection is taken up again, as long as every try brings something. */
  readonly tries: number;
  /** So many bytes, at most, must be fetched again after a power cut. */
  readonly flushEveryBytes: number;
}

export const downloadLimits: DownloadLimits = {
  maxBytes: 2 * 2 ** 30 - 2 ** 20, // what the .h5 reader takes
  stallMs: 30_000,
  maxRedirects: 5,
  tries: 8,
  flushEveryBytes: 8 * 2 ** 20,
};

export interface DownloadOptions extends PartSource {
  /** What else the user can do when it fails: a sentence. */
  readonly otherwise: string;
  readonly fetch: FetchFunction;
  /** Sent to the host of `url` alone, never to one that it redirects to: they may hold a key. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly onProgress?: (doneBytes: number, totalBytes: number | undefined) => void;
  readonly limits?: Partial<DownloadLimits>;
}

/** A failure for which the same request may succeed in a moment: what arrived is kept and taken up again. */
class Interrupted extends Error {}

/**
 * @throws AppError DOWNLOAD_FAILED: no network, the server's refusal, silence, too many redirects, more bytes than
 *   allowed; FILE_UNWRITABLE: no room on the disk. What has arrived is kept.
 */
export async function downloadPart(options: DownloadOptions): Promise<void> {
  const limits = { ...downloadLimits, ...options.limits };
  for (let tries = 1; ; tries++) {
    const before = await fileSize(options.part);
    try {
      await receive(options, limits);
      return;
    } catch (thrown) {
      if (thrown instanceof AppError) throw thrown;
      const hasMore = (await fileSize(options.part)) > before;
      if (thrown instanceof Interrupted && hasMore && tries < limits.tries) continue;
      throw await failure(options, reasonOf(thrown), thrown);
    }
  }
}

async function receive(options: DownloadOptions, limits: DownloadLimits): Promise<void> {
  const { part } = options;
  const state = await openPart(options);
  const silence = new Silence(limits.stallMs);
  try {
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (state.have > 0) headers.range = `bytes=${state.have}-`;
    if (state.have > 0 && state.validator !== null) headers["if-range"] = state.validator;
    const response = await silence.watch(request(options, headers, limits.maxRedirects, silence.signal));
    const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
    if (response.status === 416 && state.have > 0) {
      await response.body?.cancel();
      if (Number(range?.[2]) === state.have) return; // all of it is there already
      await removePart(part);
      return await receive(options, limits);
    }
    const isRest = response.status === 206 && state.have > 0;
    if (isRest && Number(range?.[1]) !== state.have) {
      await response.body?.cancel();
      await removePart(part);
      throw new Error(`the server sent another part than was asked for (${response.headers.get("content-range")})`);
    }
    // A server that does not know If-Range, and whose file has changed since.
    const now = validatorIn(response.headers);
    if (isRest && state.validator !== null && now !== null && now !== state.validator) {
      await response.body?.cancel();
      await removePart(part);
      return await receive(options, limits);
    }
    if ((response.status !== 200 && !isRest) || response.body === null) {
      await response.body?.cancel();
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
    }
    const have = isRest ? state.have : 0;
    const length = response.headers.get("content-length");
    const total = isRest ? Number(range?.[2]) : length === null ? undefined : Number(length);
    if ((total ?? 0) > limits.maxBytes) {
      await response.body.cancel();
      throw new Error(`the file has ${total} bytes, more than the ${limits.maxBytes} that are allowed`);
    }
    await checkRoom(options, have, total);
    await append({
      options,
      limits,
      silence,
      body: response.body,
      have,
      total,
      validator: validatorIn(response.headers),
    });
  } finally {
    silence.end();
  }
}

interface Appending {
  readonly options: DownloadOptions;
  readonly limits: DownloadLimits;
  readonly silence: Silence;
  readonly body: ReadableStream<Uint8Array>;
  readonly have: number;
  readonly total: number | undefined;
  readonly validator: string | null;
}

async function append({ options, limits, silence, body, have, total, validator }: Appending): Promise<void> {
  // Before the first byte: a part of one file must never be taken for one of another.
  await notePart(options, { validator, flushed: have });
  const file = await open(options.part, have > 0 ? "a" : "w").catch((thrown: unknown) => {
    throw noRoom(options, have, total, thrown);
  });
  let done = have;
  let flushed = have;
  const flush = async () => {
    await file.sync();
    flushed = done;
    await notePart(options, { validator, flushed });
  };
  try {
    const reader = body.getReader();
    for (;;) {
      const { value } = await silence.watch(reader.read()).catch((thrown: unknown) => {
        throw thrown instanceof Interrupted ? thrown : new Interrupted(reasonOf(thrown), { cause: thrown });
      });
      if (value === undefined) break;
      if (done + value.length > limits.maxBytes) {
        throw new Error(`the file has more than the ${limits.maxBytes} bytes that are allowed`);
      }
      await file.writeFile(value).catch((thrown: unknown) => {
        throw noRoom(options, done, total, thrown);
      });
      done += value.length;
      if (done - flushed >= limits.flushEveryBytes) await flush();
      options.onProgress?.(done, total);
    }
    await flush();
  } catch (thrown) {
    await flush().catch(() => undefined); // what went wrong first is what is told
    throw thrown;
  } finally {
    await file.close();
    await body.cancel().catch(() => undefined); // already at its end, or broken
  }
  if (total !== undefined && done !== total)
    throw new Interrupted(`the connection ended after ${done} of ${total} bytes`);
}

/** Follows redirects itself: a few, and never from https to something weaker. */
async function request(
  options: DownloadOptions,
  headers: Readonly<Record<string, string>>,
  maxRedirects: number,
  signal: AbortSignal,
): Promise<Response> {
  const first = new URL(options.url);
  let url = first;
  for (let redirects = 0; ; redirects++) {
    const own = url.origin === first.origin ? options.headers : undefined;
    const response = await options.fetch(url.href, { headers: { ...headers, ...own }, redirect: "manual", signal });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    if (redirects === maxRedirects) throw new Error(`the server redirects more than ${maxRedirects} times`);
    const next = new URL(location, url);
    if (next.protocol !== "https:" && next.protocol !== url.protocol) {
      throw new Error(`the server redirects from ${url.protocol}// to ${next.protocol}//, which is not followed`);
    }
    url = next;
  }
}

/** Ends waiting that brings nothing for too long. */
class Silence {
  readonly #controller = new AbortController();
  readonly #stallMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(stallMs: number) {
    this.#stallMs = stallMs;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async watch<T>(work: Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    const reason = new Interrupted(`nothing has arrived for ${this.#stallMs / 1000} s`);
    this.#timer = setTimeout(() => this.#controller.abort(reason), this.#stallMs);
    try {
      return await work;
    } finally {
      clearTimeout(this.#timer);
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}

/** RFC 9110, section 13.1.5: a weak entity tag does not promise equal bytes. */
function validatorIn(headers: Headers): string | null {
  const tag = headers.get("etag");
  return tag !== null && !tag.startsWith("W/") ? tag : headers.get("last-modified");
}

async function checkRoom(options: DownloadOptions, have: number, total: number | undefined): Promise<void> {
  const disk = await statfs(dirname(options.part)).catch(() => undefined);
  if (disk === undefined || total === undefined || disk.bavail * disk.bsize >= total - have) return;
  throw noRoom(options, have, total, new Error(`only ${megabytes(disk.bavail * disk.bsize)} are free`));
}

function noRoom(options: DownloadOptions, have: number, total: number | undefined, cause: unknown): AppError {
  const needed = total === undefined ? "" : `; ${megabytes(total - have)} more are needed`;
  return new AppError(
    "FILE_UNWRITABLE",
    {
      place: options.part,
      rule: `the download cannot be written: ${messageOf(cause)}${needed}`,
      remedy: `Free space or choose another cache folder; ${megabytes(have)} are kept, and the next try goes on from there`,
    },
    { cause },
  );
}

async function failure(options: DownloadOptions, reason: string, cause: unknown): Promise<AppError> {
  const have = await fileSize(options.part);
  const kept = have > 0 ? `${megabytes(have)} are kept; the next try goes on from there. ` : "";
  const facts = { place: options.url, rule: reason, remedy: `${kept}${options.otherwise}` };
  return new AppError("DOWNLOAD_FAILED", facts, { cause });
}

const unreachable = new Set([
  "EAI_AGAIN",
  "ENOTFOUND",
  "ECONNREFUSED",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** What went wrong, for people: `fetch failed` alone says nothing, its cause does. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  const code = systemCodeOf(cause);
  if (code !== undefined && unreachable.has(code)) {
    return `the server cannot be reached (${code}); this machine may be offline or behind a proxy`;
  }
  return cause === thrown ? messageOf(thrown) : `${messageOf(thrown)} (${messageOf(cause)})`;
}

/** Bytes for people: `4.3 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
