// The bytes of a model, from an address, an answer of a server, a file that the user chose, or memory; with progress.
import { aborted } from "../core/aborted.js";
import { AppError, messageOf } from "../core/errors.js";
import { concatBytes } from "../images/concat-bytes.js";
import type { NamedBytes } from "../inference/inference-model.js";
import { maxOnnxBytes } from "../interchange/onnx/read-onnx-contract.js";
import { browser } from "./browser-globals.js";

/** Where a .onnx file comes from: its address, a server's answer, a file, or bytes. */
export type ModelSource = string | URL | Response | Blob | NamedBytes | Uint8Array;

/** How much of a model has arrived. */
export interface ModelProgress {
  readonly receivedBytes: number;
  /** null where the server does not say. */
  readonly totalBytes: number | null;
}

export interface ReceiveOptions {
  readonly onProgress?: ((progress: ModelProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** @throws AppError DOWNLOAD_FAILED, FILE_UNREADABLE, MODEL_FILE_INVALID, OPTION_INVALID, ABORTED */
export async function modelBytes(source: ModelSource, options: ReceiveOptions): Promise<NamedBytes> {
  const { signal } = options;
  try {
    const model = await received(source, options);
    signal?.throwIfAborted();
    return model;
  } catch (thrown) {
    throw signal?.aborted ? aborted(signal, "openClassifier") : thrown;
  }
}

async function received(source: ModelSource, options: ReceiveOptions): Promise<NamedBytes> {
  if (typeof source === "string" || source instanceof URL) return fetched(String(source), options);
  if (source instanceof Response) return answered(source, source.url, options);
  if (source instanceof Blob) return read(source);
  const named = source instanceof Uint8Array ? { name: "the model", bytes: source } : source;
  if (typeof named?.name === "string" && named.bytes instanceof Uint8Array) return named;
  throw new AppError("OPTION_INVALID", {
    place: "model",
    rule: "should be an address, a Response, a Blob, bytes, or an object with name and bytes",
    received: typeof source,
  });
}

async function read(file: Blob): Promise<NamedBytes> {
  const name = "name" in file && typeof file.name === "string" ? file.name : "the model";
  checkLength(file.size, name);
  try {
    return { name, bytes: new Uint8Array(await file.arrayBuffer()) };
  } catch (thrown) {
    const facts = { place: name, rule: `cannot be read: ${messageOf(thrown)}`, remedy: "Choose the file again" };
    throw new AppError("FILE_UNREADABLE", facts, { cause: thrown });
  }
}

async function fetched(url: string, options: ReceiveOptions): Promise<NamedBytes> {
  // "no-cache" asks the server whether the copy is still the model; unchanged, nothing is sent.
  const { signal, headers } = options;
  const init = { cache: "no-cache", ...(signal && { signal }), ...(headers && { headers }) } as RequestInit;
  const response = await fetch(url, init).catch((thrown: unknown) => {
    throw notArrived(nameOfAddress(url), browser.navigator.onLine ? messageOf(thrown) : "no network", thrown);
  });
  return answered(response, url, options);
}

async function answered(response: Response, url: string, { onProgress }: ReceiveOptions): Promise<NamedBytes> {
  const name = nameOfAddress(url);
  const { body } = response;
  try {
    if (!response.ok || body === null) throw notArrived(name, `the server answered ${response.status}`);
    const length = Number(response.headers.get("content-length"));
    // A compressed answer's length is not the file's.
    const isKnown = length > 0 && response.headers.get("content-encoding") === null;
    const totalBytes = isKnown ? length : null;
    if (totalBytes !== null) checkLength(totalBytes, name);
    const parts: Uint8Array[] = [];
    let receivedBytes = 0;
    for await (const part of partsOf(body, name)) {
      parts.push(part);
      receivedBytes += part.length;
      checkLength(receivedBytes, name);
      onProgress?.({ receivedBytes, totalBytes });
    }
    return { name, bytes: concatBytes(parts) };
  } catch (thrown) {
    await body?.cancel().catch(() => undefined);
    throw thrown;
  }
}

/** Not the stream's own iterator: Safari has none. */
async function* partsOf(body: ReadableStream<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let receivedBytes = 0;
  try {
    for (;;) {
      const part = await reader.read().catch((thrown: unknown) => {
        throw notArrived(name, `it broke off after ${receivedBytes} bytes`, thrown);
      });
      if (part.done) return;
      receivedBytes += part.value.length;
      yield part.value;
    }
  } finally {
    reader.releaseLock();
  }
}

/** The last part of the path, without a query that may hold a key. */
const nameOfAddress = (url: string): string => /([^/?#]+)\/*(?:[?#].*)?$/.exec(url)?.[1] ?? "the model";

function notArrived(name: string, reason: string, cause?: unknown): AppError {
  const facts = {
    place: name,
    rule: `the model did not arrive (${reason})`,
    remedy: "Try again, or open the model (.onnx) from a file",
  };
  return new AppError("DOWNLOAD_FAILED", facts, { cause });
}

/** Refused before memory is taken. */
function checkLength(length: number, name: string): void {
  if (length <= maxOnnxBytes) return;
  throw new AppError("MODEL_FILE_INVALID", {
    place: name,
    rule: `a model may have ${maxOnnxBytes} bytes at most`,
    received: String(length),
    remedy: "Choose another file",
  });
}
