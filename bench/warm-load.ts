// How long the decode cache takes to give back a dataset's training images: as they are ("warm") and after every file was
// touched, so that each must be read to tell that its content is the same ("touched"); beside another build, interleaved.
//
//   node dist/bench/warm-load.js --data chest_xray [--before <another build's dist folder>] [--rounds 7]
//
// Works on a copy of the images in the system's folder for temporary files. Numbers are medians.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import type { Sample } from "../src/dataset/sample.js";
import { type Clock, clocks } from "./interleaved.js";
import { median } from "./median.js";
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

/** Milliseconds; of the processor in all threads. */
type Time = Readonly<Record<Clock, number>>;

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
  for (const { name, load, cacheFolder } of all) console.log(`${name}: cold`, await timed(load, cacheFolder, "cold"));
  await settle();
  const times = new Map<string, Time[]>();
  const note = (what: string, time: Time) => times.set(what, [...(times.get(what) ?? []), time]);
  const load = loadavg()[0] as number;
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const { name, load, cacheFolder } of all) note(`${name}, warm`, await timed(load, cacheFolder));
    // To the same time as ever, for an older build decodes files of another time: that takes what its cold load takes.
    touch();
    note("now, touched", await timed(loadImages, cacheNow));
    await settle();
  }
  const of = (what: string, clock: keyof Time) => (times.get(what) ?? []).map((time) => time[clock]);
  const toBefore = (what: string, clock: keyof Time) => {
    const before = of("before, warm", clock);
    return before.length === 0 ? "" : (median(of(what, clock)) / median(before)).toFixed(2);
  };
  return [...times.keys()].map((what) => ({
    what,
    images: samples.length,
    rounds: of(what, "wall").length,
    load_average: load.toFixed(1),
    milliseconds: median(of(what, "wall")).toFixed(0),
    fastest: Math.min(...of(what, "wall")).toFixed(0),
    processor_milliseconds: median(of(what, "cpu")).toFixed(0),
    to_before: toBefore(what, "wall"),
    to_before_processor: toBefore(what, "cpu"),
  }));

  /** Files that were written or touched just now are not known by their stamps yet; nobody changes these any more. */
  async function settle(): Promise<void> {
    const { cache } = await loadImages(samples, { cacheFolder: cacheNow, now: () => Date.now() + 60_000 });
    assert.equal(cache.decoded, 0);
  }

  function touch(): void {
    for (const { path } of samples) utimesSync(path, 0, 0);
  }

  async function timed(run: Load, cacheFolder: string, kind: "cold" | "kept" = "kept"): Promise<Time> {
    const [wall, cpu] = [clocks.wall(), clocks.cpu()];
    const { pixels, cache } = await run(samples, { cacheFolder });
    const time = { wall: 1000 * (clocks.wall() - wall), cpu: 1000 * (clocks.cpu() - cpu) };
    assert.equal(pixels.length, samples.length * 224 ** 2);
    assert.equal(cache.decoded > 0, kind === "cold");
    return time;
  }
}
