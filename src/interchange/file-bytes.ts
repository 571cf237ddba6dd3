// The bytes of a model file, after its size and kind were looked at: a pipe would block, a huge file fill the memory.
import { open, stat } from "node:fs/promises";
import { AppError, messageOf, systemCodeOf } from "../core/errors.js";
import { invalid } from "./invalid-model-file.js";

/**
 * All of a file, in a buffer of its own.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, MODEL_FILE_INVALID when it has more than `maxBytes`
 */
export async function readFileBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    if (!(await stat(path)).isFile()) throw new Error("it is not a file");
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      if (size > maxBytes) throw invalid(path, `it has at most ${maxBytes} bytes`, `${size}`);
      const bytes = new Uint8Array(size);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled);
        if (bytesRead === 0) throw new Error("it became shorter while it was read");
        filled += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    const isMissing = systemCodeOf(thrown) === "ENOENT";
    const facts = isMissing
      ? { place: path, rule: "there is no such file", remedy: "Check the path" }
      : { place: path, rule: `cannot be read: ${messageOf(thrown)}`, remedy: "Check what it is and its permissions" };
    throw new AppError(isMissing ? "FILE_MISSING" : "FILE_UNREADABLE", facts, { cause: thrown });
  }
}
