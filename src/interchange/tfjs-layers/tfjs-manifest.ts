// The `weightsManifest` of a TensorFlow.js model.json, parsed from `unknown`: groups of weights, each stored one after
// the other over the bytes of its shards. Source: tfjs-core/src/io/types.ts (WeightsManifestConfig).
import { product, type Shape } from "../../model/shapes.js";
import { invalid } from "../invalid-model-file.js";
import { shown } from "../keras-config/config-fields.js";
import { isRecord } from "../keras-config/layer-from-keras.js";

/** How a weight's values are stored: as they are, as half floats, or as whole numbers times `scale` plus `min`. */
export type Storage =
  | { readonly kind: "float32" }
  | { readonly kind: "float16" }
  | { readonly kind: "uint8" | "uint16"; readonly scale: number; readonly min: number };

export interface ManifestWeight {
  /** `conv1/kernel`: the layer's name and the weight's. */
  readonly name: string;
  readonly shape: Shape;
  readonly storage: Storage;
  /** Where it begins in the group's bytes, and how many it has. */
  readonly offset: number;
  readonly bytes: number;
}

export interface ManifestGroup {
  /** File names, relative to the folder of model.json. */
  readonly shards: readonly string[];
  readonly weights: readonly ManifestWeight[];
  readonly bytes: number;
}

/** Most bytes of one group, and so of one buffer. ResNet152V2 has 232 MB in all. */
const maxGroupBytes = 2 ** 31 - 1;

const bytesPerValue = { float32: 4, float16: 2, uint16: 2, uint8: 1 } as const;

/** @throws AppError MODEL_FILE_INVALID naming the weight or shard */
export function parseManifest(manifest: unknown, place: string): readonly ManifestGroup[] {
  if (!Array.isArray(manifest)) throw invalid(place, 'it lists its weights ("weightsManifest")', shown(manifest));
  const names = new Set<string>();
  const shards = new Set<string>();
  return manifest.map((group: unknown): ManifestGroup => {
    if (!isRecord(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights)) {
      throw invalid(place, "a weight group has paths and weights", shown(group));
    }
    for (const path of group.paths as unknown[]) {
      if (!isInsidePath(path)) {
        throw invalid(place, "a shard is a file in the folder of model.json", `path ${shown(path)}`);
      }
      if (shards.has(path)) throw invalid(place, "a shard stands in the manifest once", `"${path}" twice`);
      shards.add(path);
    }
    const weights: ManifestWeight[] = [];
    let bytes = 0;
    for (const weight of group.weights as unknown[]) {
      const parsed = parseWeight(weight, bytes, place);
      if (names.has(parsed.name)) throw invalid(place, "weight names are unique", `"${parsed.name}" twice`);
      names.add(parsed.name);
      weights.push(parsed);
      bytes += parsed.bytes;
      if (bytes > maxGroupBytes) {
        throw invalid(place, `a weight group has at most ${maxGroupBytes} bytes`, `more, up to "${parsed.name}"`);
      }
    }
    return { shards: group.paths as string[], weights, bytes };
  });
}

/** Without a way out: no drive, no root, no "..", no backslash. Links are looked at when the file is opened. */
function isInsidePath(path: unknown): path is string {
  if (typeof path !== "string" || path.length > 512 || /[\\:\0]/.test(path)) return false;
  const parts = path.replace(/^\.\//, "").split("/"); // TensorFlow.js itself writes "./weights.bin"
  return parts.every((part) => part !== "" && part !== "." && part !== "..");
}

function parseWeight(weight: unknown, offset: number, place: string): ManifestWeight {
  if (!isRecord(weight) || typeof weight.name !== "string" || weight.name === "") {
    throw invalid(place, "a weight has a name", shown(weight));
  }
  const { name, shape } = weight;
  const isSize = (size: unknown): boolean => Number.isSafeInteger(size) && Number(size) >= 0;
  if (!Array.isArray(shape) || shape.length > 8 || !(shape as unknown[]).every(isSize)) {
    throw invalid(place, `weight "${name}" has a shape`, shown(shape));
  }
  const storage = parseStorage(weight, place);
  const bytes = product(shape as number[]) * bytesPerValue[storage.kind];
  // A product of huge sizes is no exact number any more, but it still is a huge one.
  if (!(bytes <= maxGroupBytes)) {
    throw invalid(place, `weight "${name}" has at most ${maxGroupBytes} bytes`, `shape ${shown(shape)}`);
  }
  return { name, shape: shape as number[], storage, offset, bytes };
}

function parseStorage(weight: Readonly<Record<string, unknown>>, place: string): Storage {
  const at = `weight "${weight.name}"`;
  if (weight.dtype !== "float32") throw invalid(place, `${at} holds float32 values`, shown(weight.dtype));
  if (weight.quantization === undefined) return { kind: "float32" };
  const { dtype, scale, min } = isRecord(weight.quantization) ? weight.quantization : {};
  if (dtype === "float16") return { kind: dtype };
  const isNumber = (value: unknown): value is number => Number.isFinite(value);
  if ((dtype === "uint8" || dtype === "uint16") && isNumber(scale) && isNumber(min)) return { kind: dtype, scale, min };
  throw invalid(
    place,
    `${at} is quantized to float16, or to uint8 or uint16 with a scale and a min`,
    shown(weight.quantization),
  );
}
