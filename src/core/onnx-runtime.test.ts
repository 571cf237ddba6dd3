import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { forbidTelemetry, loadOnnxRuntime } from "./onnx-runtime.js";

/** What a worker thread that loads the runtime says. */
async function loadedInWorker(): Promise<string> {
  const script = `
    const { parentPort } = require("node:worker_threads");
    import(${JSON.stringify(new URL("./onnx-runtime.js", import.meta.url).href)})
      .then(({ loadOnnxRuntime }) => loadOnnxRuntime())
      .then(() => parentPort.postMessage("loaded"), (error) => parentPort.postMessage(error.code + ": " + error.message));`;
  const worker = new Worker(script, { eval: true, execArgv: [] });
  const [message] = (await once(worker, "message")) as [string];
  await worker.terminate();
  return message;
}

test("a worker thread is refused until the main thread has forbidden the reports", async () => {
  process.env.ORT_DISABLE_TELEMETRY = "0"; // as somebody might who wants them
  assert.match(await loadedInWorker(), /^ENGINE_MISSING: ONNX Runtime: reports to its maker unless /);
  forbidTelemetry();
  assert.equal(process.env.ORT_DISABLE_TELEMETRY, "1");
  assert.equal(await loadedInWorker(), "loaded");
});

test("loading forbids them", async () => {
  delete process.env.ORT_DISABLE_TELEMETRY;
  await loadOnnxRuntime();
  assert.equal(process.env.ORT_DISABLE_TELEMETRY, "1");
});
