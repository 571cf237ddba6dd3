// Whether memory stays flat while a classifier is opened, used and disposed of 1,000 times; npm test does it 60 times.
//
//   node dist/bench/open-and-dispose.js [--times 1000]
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exportModel } from "../src/index.js";
import { writeBrightnessModel } from "../test/support/brightness-model.js";
import { openAndDispose } from "../test/support/open-and-dispose.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({ options: { times: { type: "string", default: "1000" } } });
const times = Number(values.times);
const folder = mkdtempSync(join(tmpdir(), "pneumoscope-bench-"));
try {
  const model = join(folder, "model.onnx");
  await writeBrightnessModel(join(folder, "model.h5"), { threshold: 0.5 });
  await exportModel(join(folder, "model.h5"), { format: "onnx", out: model });
  const started = performance.now();
  const { first, last } = await openAndDispose(model, times);
  const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
  const row = {
    what: "open, run, dispose",
    times,
    load_average: (loadavg()[0] as number).toFixed(1),
    milliseconds_each: Math.round((performance.now() - started) / times),
    resident_mb_after_10: megabytes(first.residentBytes),
    resident_mb_at_end: megabytes(last.residentBytes),
    open_files_after_10: first.openFiles,
    open_files_at_end: last.openFiles,
  };
  console.log(row, await appendResults("open-and-dispose", [row]));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
