// The bytes of a model, from the page's own site or from a file the user chose, with progress.
import { AppError, messageOf } from "../../src/core/errors.js";
import type { ModelProgress, ModelSource } from "./messages.js";

/** Refused before memory is taken. */
const maxModelBytes = 1024 ** 3;

/** @throws AppError DOWNLOAD_FAILED, FILE_UNREADABLE, MODEL_FILE_INVALID */
export async function fetchModel(
  source: ModelSource,
  onProgress: (progress: ModelProgress) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  if (source.kind === "address") return fetchAddress(source.url, onProgress);
  checkLength(source.file.size, source.file.name);
  try {
    return new Uint8Array(await source.file.arrayBuffer());
  } catch (thrown) {
    const rule = `cannot be read: ${messageOf(thrown)}`;
    const facts = { place: source.file.name, rule, remedy: "Choose the file again" };
    throw new AppError("FILE_UNREADABLE", facts, { cause: thrown });
  }
}

async function fetchAddress(
  url: string,
  onProgress: (progress: ModelProgress) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const name = url.split("/").at(-1) ?? url;
  const failed = (reason: string, cause?: unknown) =>
    new AppError(
      "DOWNLOAD_FAILED",
      {
        place: name,
        rule: `the model did not arrive (${reason})`,
        remedy: "Reload the page, or choose a model file (.onnx) from this computer",
      },
      { cause },
    );
  let response: Response;
  try {
    // "no-cache" asks the server whether the copy is still the model; unchanged, nothing is sent.
    response = await fetch(url, { cache: "no-cache" });
  } catch (thrown) {
    throw failed(navigator.onLine ? messageOf(thrown) : "no network", thrown);
  }
  if (!response.ok || response.body === null) throw failed(`the server answered ${response.status}`);
  const length = Number(response.headers.get("content-length"));
  // A compressed answer's length is not the file's.
  const isKnown = length > 0 && response.headers.get("content-encoding") === null;
  const totalBytes = isKnown ? length : null;
  if (totalBytes !== null) checkLength(totalBytes, name);
  const parts: Uint8Array[] = [];
  let receivedBytes = 0;
  const reader = response.body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      receivedBytes += part.value.length;
      checkLength(receivedBytes, name);
      onProgress({ receivedBytes, totalBytes });
    }
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw failed(`it broke off after ${receivedBytes} bytes`, thrown);
  }
  const bytes = new Uint8Array(receivedBytes);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function checkLength(length: number, name: string): void {
  if (length <= maxModelBytes) return;
  throw new AppError("MODEL_FILE_INVALID", {
    place: name,
    rule: `a model may have ${maxModelBytes} bytes at most`,
    received: `${length}`,
    remedy: "Choose another file",
  });
}
