// A checksum at the end of a .onnx file, over all before it: a flipped bit in the weights would change scores and nothing
// else. It stands in one more entry of "metadata_props", so every reader of ONNX takes the file. For Node.js and browsers.
import { invalid } from "../invalid-model-file.js";

export const checksumMetadataKey = "pneumoscope.sha256";

const key = new TextEncoder().encode(checksumMetadataKey);
const hexLength = 64;
/** Up to the hexadecimal digits: field 14 of the model, of the entry field 1 (key) and field 2 (value), each with its length. */
const entryStart = Uint8Array.of(0x72, key.length + hexLength + 4, 0x0a, key.length, ...key, 0x12, hexLength);
const entryLength = entryStart.length + hexLength;

/** The file's bytes with their checksum behind them. */
export async function withChecksum(bytes: Uint8Array): Promise<Uint8Array> {
  const sealed = new Uint8Array(bytes.length + entryLength);
  sealed.set(bytes);
  sealed.set(entryStart, bytes.length);
  sealed.set(new TextEncoder().encode(await sha256(bytes)), bytes.length + entryStart.length);
  return sealed;
}

/**
 * Nothing is said of a file without a checksum, and none is computed on a page that came over plain HTTP from elsewhere
 * than this machine: browsers have no `crypto.subtle` there.
 * @param place for messages
 * @throws AppError MODEL_FILE_INVALID where file and checksum do not fit together
 */
export async function verifyChecksum(bytes: Uint8Array, place: string): Promise<void> {
  const start = bytes.length - entryLength;
  const entry = bytes.subarray(Math.max(0, start));
  if (start < 0 || !entryStart.every((byte, i) => entry[i] === byte) || globalThis.crypto?.subtle === undefined) return;
  const written = new TextDecoder().decode(entry.subarray(entryStart.length));
  if (written === (await sha256(bytes.subarray(0, start)))) return;
  throw invalid(
    place,
    "should have the bytes that its checksum was made of",
    "others: the file was damaged, or changed by another program, since it was exported",
  );
}

/** As much of Node as is asked for, without its types: browsers read this file too. */
interface MaybeNode {
  readonly process?: {
    getBuiltinModule?(name: "node:crypto"): {
      createHash(name: "sha256"): { update(bytes: Uint8Array): { digest(encoding: "hex"): string } };
    };
  };
}

async function sha256(bytes: Uint8Array): Promise<string> {
  // Where there is Node's own: its Web Crypto refuses more than 256 MiB.
  const crypto = (globalThis as unknown as MaybeNode).process?.getBuiltinModule?.("node:crypto");
  if (crypto !== undefined) return crypto.createHash("sha256").update(bytes).digest("hex");
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
