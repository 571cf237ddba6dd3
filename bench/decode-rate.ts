// Processor time to decode radiographs, by this build and an older one, which take turns in one process.
//
//   node dist/bench/decode-rate.js --images chest_xray_native --older ../older-checkout --older-name 7f0ba70
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { packageRoot } from "../src/core/package.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import { median } from "./median.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    images: { type: "string" },
    older: { type: "string" },
    "older-name": { type: "string", default: "older" },
    rounds: { type: "string", default: "15" },
  },
});
if (values.images === undefined || values.older === undefined) {
  throw new Error("--images, a folder with NORMAL/ and PNEUMONIA/, and --older, a checkout with dist/, are needed");
}

type Reader = (bytes: Uint8Array) => Promise<unknown>;

async function readerOf(root: string): Promise<Reader> {
  const module = pathToFileURL(join(resolve(root), "dist", "src", "images", "read-radiograph.js")).href;
  return ((await import(module)) as { readonly readRadiograph: Reader }).readRadiograph;
}

const { samples } = await openDataset(resolve(values.images), { classFoldersAs: "train" });
const files = samples.map(({ path }) => readFileSync(path));
const builds = [
  { build: "this", read: await readerOf(packageRoot()), times: [] as number[] },
  { build: values["older-name"], read: await readerOf(values.older), times: [] as number[] },
];

/** Milliseconds of processor time for each file; one after the other. */
async function measured(read: Reader): Promise<number> {
  const start = process.cpuUsage();
  for (const bytes of files) await read(bytes);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / files.length;
}

for (const { read } of builds) await measured(read); // loads and compiles
for (let round = 0; round < Number(values.rounds); round++) {
  for (const { read, times } of round % 2 === 0 ? builds : builds.toReversed()) times.push(await measured(read));
}
const rows = builds.map(({ build, times }) => ({
  images: files.length,
  rounds: times.length,
  build,
  median_ms: median(times).toFixed(3),
  fastest_ms: Math.min(...times).toFixed(3),
}));
console.table(rows);
console.log(`appended to ${await appendResults("decode-rate", rows)}`);
