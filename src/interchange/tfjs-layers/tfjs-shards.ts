// The bytes of a weight group and the float32 values in them. Every file is found inside the model's folder and its
// size compared with what the manifest promises before memory is taken.
import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { messageOf, systemCodeOf } from "../../core/errors.js";
import type { HostTensor } from "../../model/weights.js";
import { readFileBytes } from "../file-bytes.js";
import { invalid } from "../invalid-model-file.js";
import type { ManifestGroup, ManifestWeight } from "./tfjs-manifest.js";

/**
 * A group's bytes, its shards one after the other.
 * @param place model.json, for errors
 * @throws AppError MODEL_FILE_INVALID when a shard is missing, leads out of the folder, or the group is too short or long
 */
export async function readGroup(folder: string, group: ManifestGroup, place: string): Promise<Uint8Array> {
  const files = await Promise.all(group.shards.map((shard) => shardFile(folder, shard, group, place)));
  const received = files.reduce((sum, file) => sum + file.size, 0);
  if (received !== group.bytes) {
    const sizes = group.shards.map((shard, index) => `"${shard}" has ${files[index]?.size}`).join(", ");
    const what = received < group.bytes ? "is cut short" : "is too long";
    throw invalid(
      place,
      `the shards of ${weightsOf(group)} have ${group.bytes} bytes`,
      `some of which one ${what}: ${sizes || "none"}`,
    );
  }
  const bytes = new Uint8Array(group.bytes);
  let filled = 0;
  for (const file of files) {
    const part = await readFileBytes(file.path, file.size);
    if (part.length !== file.size) throw invalid(place, `shard "${file.path}" stays as it is while it is read`);
    bytes.set(part, filled);
    filled += part.length;
  }
  return bytes;
}

/** Whoever lacks the weights of more layers than these lacks a model. */
const mostFresh = 8;

async function shardFile(
  folder: string,
  shard: string,
  group: ManifestGroup,
  place: string,
): Promise<{ readonly path: string; readonly size: number }> {
  try {
    const [path, root] = await Promise.all([realpath(join(folder, shard)), realpath(folder)]);
    if (!path.startsWith(root + sep)) throw new Error("it is a link out of the model's folder");
    const found = await stat(path);
    if (!found.isFile()) throw new Error("it is not a file");
    return { path, size: found.size };
  } catch (thrown) {
    const layers = [...new Set(group.weights.map((weight) => weight.name.slice(0, weight.name.lastIndexOf("/"))))];
    const reason =
      systemCodeOf(thrown) === "ENOENT"
        ? "should lie beside it and is missing"
        : `should lie beside it: ${messageOf(thrown)}`;
    const without =
      layers.length > mostFresh ? "" : `; to start training without it, name its layers as fresh: ${layers.join(", ")}`;
    throw invalid(place, `shard "${shard}" with ${weightsOf(group)} ${reason}${without}`, undefined, thrown);
  }
}

function weightsOf({ weights }: ManifestGroup): string {
  const names = weights.slice(0, 4).map((weight) => weight.name);
  return weights.length > 4 ? `${names.join(", ")} and ${weights.length - 4} more` : names.join(", ");
}

/** One weight of a group's bytes as float32. Bytes are little-endian, as all our platforms are. */
export function weightValues(groupBytes: Uint8Array, weight: ManifestWeight): HostTensor {
  const { storage, shape, offset } = weight;
  const { buffer } = groupBytes.slice(offset, offset + weight.bytes); // a copy of its own, aligned for any element
  switch (storage.kind) {
    case "float32":
      return { shape, data: new Float32Array(buffer) };
    case "float16":
      return { shape, data: Float32Array.from(new Uint16Array(buffer), halfToNumber) };
    case "uint8":
    case "uint16": {
      const stored = storage.kind === "uint8" ? new Uint8Array(buffer) : new Uint16Array(buffer);
      return { shape, data: Float32Array.from(stored, (value) => value * storage.scale + storage.min) };
    }
    default:
      return storage satisfies never;
  }
}

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
