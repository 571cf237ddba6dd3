// How long the page in Chromium takes: until its model is open, to the first score, to the next ones. MobileNet, as WebAssembly
// on this machine's cores; times are what a user waits, from choosing a file to the score on the screen.
import { readdirSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { writeInferenceModel } from "../src/interchange/onnx/write-inference-model.js";
import { findModel } from "../src/model/zoo/registry.js";
import { livelyWeights } from "../test/support/lively-weights.js";
import { realData, withoutRealData } from "../test/support/paths.js";
import {
  builtPage,
  chooseFiles,
  launchChromium,
  openPage,
  waitForModel,
  waitUntil,
} from "../test/web/support/chromium.js";
import { pageContract } from "../test/web/support/page-model.js";
import { startHost } from "../test/web/support/static-host.js";
import { descendantsTimeMs } from "./process-tree-time.js";
import { appendResults } from "./results-file.js";

const visits = Number(process.argv[2] ?? 3);
const imagesPerVisit = 8;

const entry = findModel("mobilenet");
const graph = entry.build({});
const contract = pageContract({ model: entry.id, title: entry.title, scaling: entry.scaling.sound });
const model = writeInferenceModel(graph, livelyWeights(graph, 3), contract);

const hasRadiographs = withoutRealData("chest_xray_native") === false;
const folder = hasRadiographs ? realData("chest_xray_native", "PNEUMONIA") : join(builtPage, "examples");
const images = readdirSync(folder).map((name) => join(folder, name));

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

const browser = await launchChromium();
const host = await startHost(model, "isolated");
const loadMs: number[] = [];
const firstMs: number[] = [];
const nextMs: number[] = [];
const nextCpuMs: number[] = [];
const browserTimeMs = () => descendantsTimeMs(process.pid);
let engine = "";
for (let visit = 0; visit < visits; visit++) {
  let startMs = performance.now();
  const { page } = await openPage(browser, host.url);
  await waitForModel(page);
  loadMs.push(performance.now() - startMs);
  for (let i = 0; i < imagesPerVisit; i++) {
    const startCpuMs = browserTimeMs();
    startMs = performance.now();
    await chooseFiles(page, images[i % images.length] as string);
    await waitUntil(page, `document.querySelectorAll(".file-table td.is-score").length === ${i + 1}`, 25);
    await waitUntil(page, "document.querySelector('.file-table .is-waiting, .file-table .is-scoring') === null", 25);
    (i === 0 ? firstMs : nextMs).push(performance.now() - startMs);
    if (i > 0) nextCpuMs.push(browserTimeMs() - startCpuMs);
  }
  engine = (await page.locator(".page-footer p").last().textContent()) ?? "";
  await page.context().close();
}
await browser.close();
await host.close();

const row = {
  model: entry.id,
  megabytes: (model.length / 1e6).toFixed(1),
  engine: engine.replace(/^Computes with |\.$/g, ""),
  images: hasRadiographs ? "radiographs of native size" : "phantoms",
  visits,
  load_ms: Math.round(median(loadMs)),
  first_score_ms: Math.round(median(firstMs)),
  next_score_ms: Math.round(median(nextMs)),
  next_score_least_ms: Math.round(Math.min(...nextMs)),
  next_score_cpu_ms: Math.round(median(nextCpuMs)),
  load_average: (loadavg()[0] as number).toFixed(1),
};
console.log(row);
console.log(await appendResults("web-page", [row]));
