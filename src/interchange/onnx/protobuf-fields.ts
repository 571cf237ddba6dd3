// Walks through protobuf's fields one by one, by hand: protobufjs would compile code for a message, which a page's policy
// forbids, and would copy weights that are only stepped over. What it reads is taken for hostile. For Node and browsers.
import type protobuf from "protobufjs/light.js";

/** Takes a field's value from the reader, or leaves it to be skipped. @param from where the field's tag begins */
export type Visit = (field: number, reader: protobuf.Reader, from: number) => boolean;

/**
 * Visits the fields up to `end`: `visit` those with a length (texts, bytes, messages), `visitNumber` whole numbers. A field
 * of another wire type than its own is unknown to every parser and skipped. A message that ends elsewhere than it says is none.
 */
export function walk(reader: protobuf.Reader, end: number, visit: Visit, visitNumber?: Visit): void {
  if (end > reader.len) throw new RangeError(`a message ends at ${end}, the file at ${reader.len}`);
  while (reader.pos < end) {
    const from = reader.pos;
    const tag = reader.uint32();
    const [field, wireType] = [tag >>> 3, tag & 7];
    if (field === 0) throw new RangeError("field number 0");
    const taken = wireType === 2 ? visit(field, reader, from) : wireType === 0 && visitNumber?.(field, reader, from);
    if (taken !== true) reader.skipType(wireType, 0, field);
  }
  if (reader.pos !== end) throw new RangeError(`a message ends at ${reader.pos} in place of ${end}`);
}

/** Reads an embedded message. */
export function readInside(reader: protobuf.Reader, visit: Visit, visitNumber?: Visit): void {
  const length = reader.uint32();
  walk(reader, reader.pos + length, visit, visitNumber);
}

/** An input or output of a graph (ValueInfoProto). */
export interface ValueFacts {
  readonly name: string;
  readonly type: number;
  /** 0 where open. */
  readonly sizes: readonly number[];
  readonly text: string;
}

/** Reads an embedded ValueInfoProto. */
export function readValue(reader: protobuf.Reader): ValueFacts {
  let name = "";
  let type = 0;
  const sizes: number[] = [];
  const inDimension: Visit = () => false;
  const dimensionNumbers: Visit = (field) => {
    if (field !== 1) return false;
    sizes[sizes.length - 1] = Number(reader.int64()); // sizes that matter are small
    return true;
  };
  const inShape: Visit = (field) => {
    if (field !== 1) return false;
    if (sizes.push(0) > 8) throw new RangeError("inputs or outputs of more than 8 dimensions");
    readInside(reader, inDimension, dimensionNumbers);
    return true;
  };
  const inTensorType: Visit = (field) => {
    if (field !== 2) return false;
    readInside(reader, inShape);
    return true;
  };
  const tensorTypeNumbers: Visit = (field) => {
    if (field !== 1) return false;
    type = reader.int32();
    return true;
  };
  const inType: Visit = (field) => {
    if (field !== 1) return false;
    readInside(reader, inTensorType, tensorTypeNumbers);
    return true;
  };
  readInside(reader, (field) => {
    if (field === 1) name = reader.string();
    else if (field === 2) readInside(reader, inType);
    else return false;
    return true;
  });
  const shown = [sizes[0] === 0 ? "n" : sizes[0], ...sizes.slice(1)].join(", ");
  return { name, type, sizes, text: `${name.slice(0, 80)}: type ${type} [${shown}]` };
}
