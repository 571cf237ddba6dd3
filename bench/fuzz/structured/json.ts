// JSON with one to four of its values, names or lists changed into what a reader may not expect. It stays JSON.
import type { Random } from "../../../src/core/random.js";
import { once, pick } from "./choose.js";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const names = ["__proto__", "constructor", "toString", "length", "", "name", "then", "\u0000", "é", "a/../b"];

const scalars: readonly Json[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1,
  0.5,
  1e308,
  -1e308,
  5e-324,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 53 + 2,
  "",
  " ",
  "0",
  "null",
  "__proto__",
  "../../etc/passwd",
  "\u0000",
  "\ud800",
  "\u202e\u001b[31m",
  "9".repeat(400),
  [],
  {},
  [[]],
];

export function hostileJson(value: Json, random: Random): Json {
  let result = value;
  for (let left = 1 + random.integer(4); left > 0; left--) result = changedSomewhere(result, random);
  return result;
}

/** Of a JSON text, as text: may hold what JSON.stringify never writes, such as 1e999 or a name twice. */
export function hostileJsonText(text: string, random: Random): string {
  const changed = JSON.stringify(hostileJson(JSON.parse(text) as Json, random));
  if (!once(random, 4)) return changed;
  const at = changed.search(/\d+(?=[,}\]])/g);
  const depth = once(random, 30) ? 100_000 : pick(random, [10, 300]);
  const raw = pick(random, [
    "1e999",
    "-1e999",
    "1E-999",
    '{"a":1,"a":2}',
    "[".repeat(depth) + "]".repeat(depth),
    "0.1e1",
    "1".repeat(500),
  ]);
  return at === -1 ? raw : changed.slice(0, at) + raw + changed.slice(at).replace(/^\d+/, "");
}

function changedSomewhere(value: Json, random: Random): Json {
  const isInner = typeof value === "object" && value !== null;
  if (!isInner || once(random, 12)) return replacement(value, random);
  return Array.isArray(value) ? inList(value, random) : inRecord(value as { readonly [name: string]: Json }, random);
}

function inList(list: readonly Json[], random: Random): Json {
  const result = [...list];
  const at = random.integer(result.length + 1);
  if (at === result.length) return [...result, pick(random, scalars)];
  const item = result[at] as Json;
  switch (random.integer(6)) {
    case 0:
      result.splice(at, 1);
      break;
    case 1:
      result.splice(at, 0, ...Array.from({ length: copiesOf(item, random) }, () => item));
      break;
    default:
      result[at] = changedSomewhere(item, random);
  }
  return result;
}

/** Changes come on top of each other: without a bound a file would soon have gigabytes. */
const copiesOf = (item: Json, random: Random): number =>
  JSON.stringify(item).length < 100 ? (once(random, 30) ? 3000 : pick(random, [1, 2, 20])) : 1;

function inRecord(record: { readonly [name: string]: Json }, random: Random): Json {
  const entries = Object.entries(record);
  const at = random.integer(entries.length + 1);
  const [name, inner] = entries[at] ?? [pick(random, names), pick(random, scalars)];
  const change = random.integer(8);
  if (at === entries.length) entries.push([name, inner]);
  else if (change === 0) entries.splice(at, 1);
  else if (change === 1) entries[at] = [pick(random, names), inner];
  else entries[at] = [name, changedSomewhere(inner, random)];
  // Assigned one by one, "__proto__" would be no name.
  return Object.fromEntries(entries);
}

function replacement(value: Json, random: Random): Json {
  if (typeof value === "number" && once(random, 2))
    return pick(random, [value + 1, value - 1, -value, value * 1e9, value / 3]);
  if (typeof value === "string" && once(random, 2)) {
    const longer = value.length < 1000 ? [`${value}${value}`, value.repeat(200)] : [];
    return pick(random, [...longer, value.slice(1), value.toUpperCase(), `${value}\u0000`]);
  }
  if (once(random, 6)) return [value, value, null];
  if (once(random, 6)) return { value };
  if (once(random, 10)) return nested(value, once(random, 30) ? 1000 : pick(random, [2, 5, 30]));
  return pick(random, scalars);
}

function nested(value: Json, depth: number): Json {
  let result = value;
  for (let left = depth; left > 0; left--) result = left % 2 === 0 ? [result] : { a: result };
  return result;
}
