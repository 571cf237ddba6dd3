// The thread that holds one ONNX Runtime session: its `run` is synchronous and would stop everything else, reading the
// next images included. `session.ts` starts it and talks to it.
import { parentPort, workerData } from "node:worker_threads";
import type { InferenceSession } from "onnxruntime-node";
import { messageOf } from "../core/errors.js";
import { collectNow } from "./collect-now.js";
import { ExitLatch } from "./exit-latch.js";
import { loadRuntime } from "./load-runtime.js";
import type { InferenceRuntime } from "./runtime.js";

export interface SessionData {
  /** Of a .onnx file that `writeInferenceModel` wrote. */
  readonly bytes: Uint8Array;
  /** Where its large weights stand; null where the bytes hold them. */
  readonly weightsFolder: string | null;
  readonly threads: number;
  readonly imageSize: number;
  /** Of an `ExitLatch`. */
  readonly exitLatch: SharedArrayBuffer;
  readonly runtime: InferenceRuntime;
}

/** Grey images, [n, size, size]; null ends the thread. */
export type SessionJob = { readonly id: number; readonly images: Uint8Array } | null;

export type SessionReply =
  | { readonly kind: "ready" }
  /** [n], and [n, 2, h, w] where the model gives maps. */
  | { readonly kind: "scored"; readonly id: number; readonly scores: Float32Array; readonly maps: Float32Array | null }
  | { readonly kind: "failed"; readonly id: number; readonly message: string }
  /** Ends the thread. */
  | { readonly kind: "refused"; readonly reason: "runtime" | "model"; readonly message: string };

const data = workerData as { -readonly [Name in keyof SessionData]: SessionData[Name] };
const { weightsFolder, threads, imageSize, exitLatch, runtime: chosen } = data;
const latch = new ExitLatch(exitLatch);

async function main(port: NonNullable<typeof parentPort>): Promise<void> {
  const reply = (message: SessionReply, arrays: readonly Float32Array[] = []) =>
    port.postMessage(
      message,
      arrays.map(({ buffer }) => buffer as ArrayBuffer),
    );
  const runtime = await loadRuntime(chosen, threads).catch((thrown: unknown) =>
    reply({ kind: "refused", reason: "runtime", message: messageOf(thrown) }),
  );
  if (runtime === undefined) return;
  const session = await latch
    .hold(() => runtime.InferenceSession.create(data.bytes, sessionOptions))
    .catch((thrown: unknown) => reply({ kind: "refused", reason: "model", message: messageOf(thrown) }));
  if (session === undefined) return;
  data.bytes = new Uint8Array(); // the runtime has what it needs of them
  collectNow();
  const answer = async (job: Exclude<SessionJob, null>) => {
    try {
      const n = job.images.length / imageSize ** 2;
      const image = new runtime.Tensor("uint8", job.images, [n, 1, imageSize, imageSize]);
      const { probability, heatmap } = await latch.hold(() => session.run({ image }));
      const scores = Float32Array.from(probability?.data as Float32Array);
      const maps = heatmap === undefined ? null : Float32Array.from(heatmap.data as Float32Array);
      reply({ kind: "scored", id: job.id, scores, maps }, maps === null ? [scores] : [scores, maps]);
    } catch (thrown) {
      reply({ kind: "failed", id: job.id, message: messageOf(thrown) });
    }
  };
  // One after another: the runtime begins a run only later, and what was asked for comes before the end.
  let last = Promise.resolve();
  port.on("message", (job: SessionJob) => {
    if (job === null) port.unref(); // lets the thread end; Deno has no close() here
    last = last.then(() => (job === null ? session.release() : answer(job)));
  });
  reply({ kind: "ready" });
}

const sessionOptions: InferenceSession.SessionOptions = {
  intraOpNumThreads: threads,
  logSeverityLevel: 4, // errors are thrown as well, and no terminal is this thread's
  // Threads that wait give the processor to whoever decodes images: a tenth more images per second, and one image alone
  // takes as long as before.
  extra: {
    session: {
      intra_op: { allow_spinning: "0" },
      use_device_allocator_for_initializers: "1", // in the arena the originals of reordered weights would stay
      ...(weightsFolder !== null && { model_external_initializers_file_folder_path: weightsFolder }),
    },
  },
};

if (parentPort !== null) await main(parentPort);
