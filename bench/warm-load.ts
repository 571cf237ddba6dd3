// How long the decode cache takes to give back a dataset's training images: as they are ("warm") and after every file was
// touched, so that each must be read to tell that its content is the same ("touched"); beside another build, interleaved.
//
//   node dist/bench/warm-load.js --data chest_xray [--before <another build's dist folder>] [--rounds 7]
//
// Works on a copy of the images in the system's folder for temporary files. Milliseconds are medians.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import type { Sample } from "../src/dataset/sample.js";
import { appendResults, type Row } from "./results-file.js";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "chest_xray" },
    before: { type: "string" },
    rounds: { type: "string", default: "7" },
  },
});
/** What both builds have. */
type Load = (
  samples: readonly Sample[],
  options: { readonly cacheFolder: string },
) => Promise<{ readonly pixels: Uint8Array; readonly cache: { readonly decoded: number } }>;

interface Contender {
  readonly name: string;
  readonly load: Load;
  readonly cacheFolder: string;
}

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-warm-load-"));
const cacheNow = join(folder, "cache-now");
try {
  const rows = await measure(await contenders());
  console.table(rows);
  console.log(`appended to ${await appendResults("warm-load", rows)}`);
} finally {
  rmSync(folder, { recursive: true });
}

async function contenders(): Promise<Contender[]> {
  const here = { name: "now", load: loadImages, cacheFolder: cacheNow };
  if (values.before === undefined) return [here];
  const module = resolve(values.before, "src", "dataset", "load-images.js");
  const { loadImages: load } = (await import(module)) as { readonly loadImages: Load };
  return [{ name: "before", load, cacheFolder: join(folder, "cache-before") }, here];
}

async function measure(all: readonly Contender[]): Promise<Row[]> {
  const root = join(folder, "data");
  cpSync(join(values.data, "train"), join(root, "train"), { recursive: true });
  const { samples } = await openDataset(root);
  touch();
  for (const { name, load, cacheFolder } of all)
    console.log(`${name}: cold ${await timed(load, cacheFolder, "cold")} ms`);
  await settle();
  const times = new Map<string, number[]>();
  const note = (what: string, ms: number) => times.set(what, [...(times.get(what) ?? []), ms]);
  const load = loadavg()[0] as number;
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const { name, load, cacheFolder } of all) note(`${name}, warm`, await timed(load, cacheFolder));
    // To the same time as ever, for an older build decodes files of another time: that takes what its cold load takes.
    touch();
    note("now, touched", await timed(loadImages, cacheNow));
    await settle();
  }
  const before = median(times.get("before, warm") ?? []);
  return [...times].map(([what, ms]) => ({
    what,
    images: samples.length,
    rounds: ms.length,
    load_average: load.toFixed(1),
    milliseconds: median(ms).toFixed(0),
    fastest: Math.min(...ms).toFixed(0),
    to_before: Number.isNaN(before) ? "" : (median(ms) / before).toFixed(2),
  }));

  /** Files that were written or touched just now are not known by their stamps yet; nobody changes these any more. */
  async function settle(): Promise<void> {
    const { cache } = await loadImages(samples, { cacheFolder: cacheNow, now: () => Date.now() + 60_000 });
    assert.equal(cache.decoded, 0);
  }

  function touch(): void {
    for (const { path } of samples) utimesSync(path, 0, 0);
  }

  async function timed(run: Load, cacheFolder: string, kind: "cold" | "kept" = "kept"): Promise<number> {
    const start = performance.now();
    const { pixels, cache } = await run(samples, { cacheFolder });
    const ms = performance.now() - start;
    assert.equal(pixels.length, samples.length * 224 ** 2);
    assert.equal(cache.decoded > 0, kind === "cold");
    return Math.round(ms);
  }
}

/** Not a number for none. */
function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
