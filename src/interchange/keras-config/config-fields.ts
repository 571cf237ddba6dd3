// Reads one layer's config, which is `unknown` until here: every value that changes what the layer computes is checked,
// and one that this product does not have is refused with the layer's name. Nothing is guessed.
import { AppError } from "../../core/errors.js";
import { activationNames } from "../../model/layer-configs/activation.js";
import type { Activation, Padding } from "../../model/layers.js";

type Pair = readonly [number, number];

/** Keras' other spellings. */
const activations: ReadonlyMap<unknown, Activation> = new Map<unknown, Activation>([
  ...activationNames.map((name) => [name, name] as const),
  [null, "linear"],
  ["silu", "swish"],
  ["hard_silu", "hard_swish"],
]);

/** Larger counts and sizes are no network's; products of them still are exact numbers. */
const maxCount = 65_536;

const rebuild =
  "Rebuild the model in Keras with the layers and settings that are supported (docs/errors.md lists them)";

export class ConfigFields {
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #layer: string;
  readonly #place: string;

  /** @param layer as errors name it: `layer "conv1" (Conv2D)`. */
  constructor(config: Readonly<Record<string, unknown>>, layer: string, place: string) {
    this.#config = config;
    this.#layer = layer;
    this.#place = place;
  }

  /** A whole number of at least 1. */
  count(key: string, absent?: number): number {
    const value = this.#value(key, absent);
    return isCount(value) ? value : this.fail(`${key} is a whole number from 1 to ${maxCount}`, value);
  }

  /** Two whole numbers of at least 1; one stands for both. */
  pair(key: string, absent?: Pair): Pair {
    const value = this.#value(key, absent);
    const [first, second, ...more] = Array.isArray(value) ? (value as unknown[]) : [value, value];
    if (isCount(first) && isCount(second) && more.length === 0) return [first, second];
    return this.fail(`${key} is two whole numbers from 1 to ${maxCount}`, value);
  }

  /** A finite number within [low, high]. */
  number(key: string, low: number, high: number, absent?: number): number {
    const given = this.#value(key, absent);
    // Some files hold a list of the one number.
    const value: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
    if (typeof value === "number" && value >= low && value <= high) return value;
    return this.fail(`${key} is a number from ${low} to ${high}`, value);
  }

  /** true or false; some files hold 1 or 0. */
  flag(key: string, absent: boolean): boolean {
    const value = this.#value(key, absent);
    if (value === true || value === 1) return true;
    if (value === false || value === 0) return false;
    return this.fail(`${key} is true or false`, value);
  }

  padding(key: string): Padding {
    const value = this.#value(key, "valid");
    return value === "same" || value === "valid" ? value : this.fail(`${key} is "same" or "valid"`, value);
  }

  activation(key: string): Activation {
    const value = this.#value(key, null);
    const found = activations.get(value);
    if (found !== undefined) return found;
    const known = [...activations.keys()].filter((name) => name !== null).join(", ");
    return this.fail(`${key} is one of ${known}`, value);
  }

  /** The raw value, for the few fields of a shape of their own. */
  raw(key: string): unknown {
    return this.#config[key];
  }

  /** Refuses every value of the field but those given (compared as JSON); an absent field passes. */
  only(key: string, ...allowed: readonly unknown[]): void {
    const value = this.#config[key];
    if (value === undefined || allowed.some((one) => sameJson(one, value))) return;
    this.fail(`${key} is ${allowed.map((one) => JSON.stringify(one)).join(" or ")}`, value);
  }

  /** @param remedy what would make the file work */
  fail(rule: string, received: unknown, remedy = rebuild): never {
    throw new AppError("MODEL_LAYER_UNSUPPORTED", {
      place: this.#place,
      rule: `${this.#layer}: ${rule}`,
      received: shown(received),
      remedy,
    });
  }

  #value(key: string, absent: unknown): unknown {
    return this.#config[key] ?? absent;
  }
}

/** A value from a file, cut to a length that a message can hold. */
export function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : jsonOf(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= maxCount;
}

function sameJson(a: unknown, b: unknown): boolean {
  return jsonOf(a) === jsonOf(b);
}

/** JSON.stringify recurses, and a hostile file nests as deeply as it likes. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "something nested too deeply to show";
  }
}
