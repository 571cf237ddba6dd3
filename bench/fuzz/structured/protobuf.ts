// Protocol buffers taken apart into fields and put together again with hostile ones: every length fits, and what is
// inside need not. Which fields are messages, the caller says (developers.google.com/protocol-buffers/docs/encoding).
import type { Random } from "../../../src/core/random.js";
import { concatBytes } from "../../../src/images/concat-bytes.js";
import { once, pick, randomBytes, reordered } from "./choose.js";

/** Numbers of the fields that are messages, and what is in them. */
export interface MessageShape {
  readonly [field: number]: MessageShape;
}

export interface Field {
  readonly number: number;
  readonly value: bigint | Uint8Array | Fixed | Message;
}

export interface Message {
  readonly fields: readonly Field[];
}

interface Fixed {
  readonly fixed: Uint8Array;
}

/** Throws a RangeError where the bytes are no message. */
export function readMessage(bytes: Uint8Array, shape: MessageShape): Message {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n) throw new RangeError("a number breaks off");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        fields.push({ number, value: varint() });
        break;
      case 2: {
        const start = at + 0;
        const length = Number(varint());
        const value = bytes.subarray(at, at + length);
        if (value.length !== length) throw new RangeError(`field ${number} at ${start} breaks off`);
        at += length;
        const inner = shape[number];
        fields.push({ number, value: inner === undefined ? value : readMessage(value, inner) });
        break;
      }
      case 1:
      case 5: {
        const length = tag % 8 === 1 ? 8 : 4;
        fields.push({ number, value: { fixed: bytes.subarray(at, at + length) } });
        at += length;
        break;
      }
      default:
        throw new RangeError(`wire type ${tag % 8}`);
    }
  }
  return { fields };
}

export function writeMessage({ fields }: Message): Uint8Array {
  return concatBytes(
    fields.flatMap(({ number, value }) => {
      if (typeof value === "bigint") return [varint(BigInt(number) * 8n), varint(value)];
      if ("fixed" in value) return [varint(BigInt(number) * 8n + (value.fixed.length === 8 ? 1n : 5n)), value.fixed];
      const bytes = value instanceof Uint8Array ? value : writeMessage(value);
      return [varint(BigInt(number) * 8n + 2n), varint(BigInt(bytes.length)), bytes];
    }),
  );
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let left = BigInt.asUintN(64, value); ; left >>= 7n) {
    const byte = Number(left & 0x7fn);
    if (left < 0x80n) return Uint8Array.from([...bytes, byte]);
    bytes.push(byte | 0x80);
  }
}

const numbers = [
  0n,
  1n,
  2n,
  7n,
  127n,
  128n,
  0x7fffffffn,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** About as many bytes as it takes. */
function sizeOf({ value }: Field): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === "bigint" || "fixed" in value) return 10;
  return value.fields.reduce((sum, field) => sum + sizeOf(field), 0);
}

/** One change somewhere in the message: deeper ones are likelier. `changeBytes` may know what some fields mean. */
export function hostileMessage(
  message: Message,
  random: Random,
  changeBytes: (bytes: Uint8Array, random: Random) => Uint8Array,
): Message {
  const { fields } = message;
  if (fields.length === 0 || once(random, 8)) return { fields: reordered(fields, random) };
  const at = random.integer(fields.length);
  const field = fields[at] as Field;
  const replaced = (one: Field): Message => ({ fields: fields.map((other, i) => (i === at ? one : other)) });
  const { number, value } = field;
  if (once(random, 12)) return replaced({ number: pick(random, [1, 2, 3, 13, 14, 15, 20, 25, 536_870_911]), value });
  if (sizeOf(field) < 1000 && once(random, 20)) {
    const copies = once(random, 30) ? 3000 : pick(random, [1, 50]);
    return { fields: [...fields, ...Array.from({ length: copies }, () => field)] };
  }
  if (typeof value === "bigint")
    return replaced({ number, value: once(random, 3) ? value + 1n : pick(random, numbers) });
  if (value instanceof Uint8Array) return replaced({ number, value: changeBytes(value, random) });
  if ("fixed" in value) return replaced({ number, value: { fixed: randomBytes(random, value.fixed.length) } });
  return replaced({ number, value: hostileMessage(value, random, changeBytes) });
}
