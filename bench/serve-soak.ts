// The server at capacity for a long time, among good, bad and hanging clients: whether its memory stands still, whether a
// good request ever fails, and how long the slowest take. Eight good clients ask all the time; beside them bad files and
// bad requests, and clients that say nothing, stop in the middle or do not read. A row per run; the script ends with 1 where
// memory grows or a good request failed. Linux: it reads /proc.
//
//   node dist/bench/serve-soak.js [--minutes 60] [--model <model>] [--images <folder of JPEGs>]
import { parseArgs } from "node:util";
import { appendResults } from "./results-file.js";
import { readImages, writeModel } from "./serve/served-process.js";
import { soak } from "./serve/soak.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    model: { type: "string" },
    images: { type: "string" },
  },
});
const result = await soak({
  model: values.model ?? writeModel(),
  images: await readImages(values.images),
  seconds: 60 * Number(values.minutes),
  onMinute: (line) => console.log(line),
});
console.log(result);
console.log(await appendResults("serve-soak", [{ minutes: values.minutes, ...result }]));
/** A short run has no ten minutes to settle in, and its slope says little. */
const isLong = Number(values.minutes) >= 30;
process.exitCode = result.good_failed > 0 || (isLong && Number(result.slope_mib_per_hour) >= 2) ? 1 : 0;
