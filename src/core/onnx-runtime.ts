// The one way to ONNX Runtime, which reports to its maker unless it is told not to. From 1.30 on it looks up a collector
// of Microsoft's, and keeps a device's id and a database of events, model metadata among them, below ~/.cache
// (https://github.com/microsoft/onnxruntime/pull/27379).
import { isMainThread } from "node:worker_threads";
import { AppError } from "./errors.js";

/** Read once, when the first session is made, and for the whole process. */
const optOut = "ORT_DISABLE_TELEMETRY";

/**
 * Before the first session of the process. Whoever loads ONNX Runtime in a worker thread calls this before starting it:
 * a worker's `process.env` is a copy, and what is written to it never reaches the environment that native code reads.
 * So in a worker thread this only looks whether the copy says that the main thread did it; it cannot tell a copy that was
 * written to in the worker.
 *
 * @throws AppError ENGINE_MISSING in a worker thread that was started without it
 */
export function forbidTelemetry(): void {
  if (process.env[optOut] === "1") return;
  if (isMainThread) {
    process.env[optOut] = "1";
    return;
  }
  throw new AppError("ENGINE_MISSING", {
    place: "ONNX Runtime",
    rule: `reports to its maker unless the main thread sets ${optOut}=1 before a worker thread loads it`,
    received: "a worker thread that was started without it",
    remedy: `Call forbidTelemetry() on the main thread first, or start Node.js with ${optOut}=1`,
  });
}

/** @throws whatever importing the package throws, and as `forbidTelemetry` */
export function loadOnnxRuntime(): Promise<typeof import("onnxruntime-node")> {
  forbidTelemetry();
  return import("onnxruntime-node");
}
