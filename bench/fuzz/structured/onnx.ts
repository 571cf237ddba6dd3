// ONNX files of ours whose protobuf holds and whose graph or contract is hostile, sealed with the right checksum: that is
// no secret, and without it nearly every file would be refused by its last bytes.
import type { Random } from "../../../src/core/random.js";
import { checksumMetadataKey, withChecksum } from "../../../src/interchange/onnx/onnx-checksum.js";
import { onnxOperators } from "../../../src/interchange/onnx/onnx-operators.js";
import { once, pick, randomBytes } from "./choose.js";
import { hostileJsonText } from "./json.js";
import { type Field, hostileMessage, type Message, type MessageShape, readMessage, writeMessage } from "./protobuf.js";

const value: MessageShape = { 2: { 1: { 2: { 1: {} } } } };
/** Field numbers of onnx.proto: graph with nodes, constants, inputs and outputs; operator sets; metadata. */
const model: MessageShape = { 7: { 1: { 5: {} }, 5: {}, 11: value, 12: value }, 8: {}, 14: {} };

/** The same with what files by others have besides: tensors in attributes, and words on where values lie. */
const foreignModel: MessageShape = {
  7: { 1: { 5: { 5: { 13: {} } } }, 5: { 13: {} }, 11: value, 12: value },
  8: {},
};

/** A backbone by others whose graph, constants or paths are hostile. */
export function hostileBackbone(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  let message = readMessage(pick(random, seeds), foreignModel);
  for (let left = 1 + random.integer(3); left > 0; left--)
    message = hostileMessage(message, random, hostileForeignBytes);
  return writeMessage(message);
}

const foreignTexts = ["com.microsoft", "If", "Loop", "RandomNormal", "Constant", "location", "offset", "length"];
const foreignPlaces = [
  "../vit.onnx.data",
  "/etc/passwd",
  "C:\\x",
  ".",
  "vit.onnx.data",
  "9007199254740993",
  "-1",
  "1e9",
];

function hostileForeignBytes(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length >= 10_000 || !once(random, 3)) return hostileBytes(bytes, random);
  return new TextEncoder().encode(pick(random, [...foreignTexts, ...foreignPlaces]));
}

export async function hostileOnnx(random: Random, seeds: readonly Uint8Array[]): Promise<Uint8Array> {
  let message: Message = readMessage(pick(random, seeds), model);
  message = { fields: message.fields.filter((field) => !isChecksum(field)) };
  for (let left = 1 + random.integer(3); left > 0; left--) message = hostileMessage(message, random, hostileBytes);
  const bytes = writeMessage(message);
  return once(random, 8) ? bytes : withChecksum(bytes);
}

function isChecksum({ number, value: given }: Field): boolean {
  if (number !== 14 || typeof given === "bigint" || given instanceof Uint8Array || "fixed" in given) return false;
  const [key] = given.fields;
  return key?.value instanceof Uint8Array && new TextDecoder().decode(key.value) === checksumMetadataKey;
}

/** Texts are names of nodes and values, operators, or the contract; long bytes are weights. */
function hostileBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const text = bytes.length < 10_000 ? new TextDecoder().decode(bytes) : "";
  const encoder = new TextEncoder();
  if (text.startsWith("{")) return encoder.encode(hostileContract(text, random));
  if (once(random, 3))
    return encoder.encode(pick(random, [...onnxOperators, "Loop", "If", "", "image", "ai.onnx.ml", "x".repeat(5000)]));
  if (once(random, 3)) return bytes.slice(0, random.integer(bytes.length + 1));
  if (once(random, 3)) return randomBytes(random, random.integer(64));
  const result = bytes.slice();
  for (let left = 4; left > 0 && result.length > 0; left--)
    result[random.integer(result.length)] = pick(random, [0, 0x7f, 0x80, 0xff]);
  return result;
}

/** The contract's text may have been made hostile before, and be no JSON any more. */
function hostileContract(text: string, random: Random): string {
  try {
    return hostileJsonText(text, random);
  } catch {
    return text.slice(0, random.integer(text.length));
  }
}
