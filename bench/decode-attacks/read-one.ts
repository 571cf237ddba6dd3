// Reads one image with the build in a folder and says what it took. A process of its own, so that memory is this image's.
//
//   node read-one.js <image> <folder of a checkout with dist/>
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";

export interface Reading {
  /** "read", or the code of the refusal. */
  readonly outcome: string;
  readonly seconds: number;
  readonly processorSeconds: number;
  /** Of the whole process. */
  readonly peakMebibytes: number;
  /** How long the main thread did not come to a timer of 5 ms. */
  readonly longestPauseMs: number;
}

const [image = "", root = ""] = process.argv.slice(2);
const module = pathToFileURL(join(resolve(root), "dist", "src", "images", "read-radiograph.js")).href;
const { readRadiograph } = (await import(module)) as typeof import("../../src/images/read-radiograph.js");
const bytes = readFileSync(image);
let [last, longest] = [performance.now(), 0];
const look = () => {
  longest = Math.max(longest, performance.now() - last - 5);
  last = performance.now();
};
const timer = setInterval(look, 5);
const [start, startUsage] = [performance.now(), process.cpuUsage()];
const outcome = await readRadiograph(bytes, { name: "attack" }).then(
  () => "read",
  (thrown: unknown) => String((thrown as { readonly code?: string }).code ?? thrown),
);
look();
clearInterval(timer);
const { user, system } = process.cpuUsage(startUsage);
const reading: Reading = {
  outcome,
  seconds: (performance.now() - start) / 1000,
  processorSeconds: (user + system) / 1e6,
  peakMebibytes: process.resourceUsage().maxRSS / 1024,
  longestPauseMs: longest,
};
process.stdout.write(JSON.stringify(reading));
