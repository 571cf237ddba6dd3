// The reading worker: opens a model, decodes files, reads them, one call after another, so that the page never waits.
import { AppError, factsOf, messageOf } from "../../src/core/errors.js";
import { checkScope, scopeView } from "../../src/images/out-of-scope/check-scope.js";
import { resize } from "../../src/images/resize.js";
import { verifyChecksum } from "../../src/interchange/onnx/onnx-checksum.js";
import { readOnnxContract } from "../../src/interchange/onnx/read-onnx-contract.js";
import type { ModelContract } from "../../src/model/model-contract.js";
import type { PageReading } from "../../src/page/page-file.js";
import { decodeFile } from "./decode-file.js";
import { fetchModel } from "./fetch-model.js";
import type { DecodedImage, OpenedModel, WorkerAnswer, WorkerCalls, WorkerFailure, WorkerRequest } from "./messages.js";
import { type ModelEngine, openEngine } from "./model-engine.js";
import { runtimeThreads } from "./runtime.js";

let model: { readonly contract: ModelContract; readonly engine: ModelEngine } | undefined;
/** The image shown is usually the one read next or last: decoding it twice would be felt. */
let lastDecoded: { readonly file: File; readonly decoded: DecodedImage } | undefined;
let queue: Promise<void> = Promise.resolve();

self.addEventListener("message", ({ data }: MessageEvent<WorkerRequest>) => {
  queue = queue.then(async () => {
    try {
      answer({ kind: "reply", callId: data.callId, reply: await handle(data) });
    } catch (thrown) {
      answer({ kind: "failure", callId: data.callId, failure: failureOf(thrown) });
    }
  });
});

const answer = (message: WorkerAnswer): void => self.postMessage(message);

function handle(call: WorkerRequest): Promise<WorkerCalls[typeof call.name]["reply"]> {
  switch (call.name) {
    case "open":
      return open(call.request);
    case "decode":
      return decode(call.request);
    case "read":
      return read(call.request);
    default:
      return call satisfies never;
  }
}

async function open({ source, engine: choice }: WorkerCalls["open"]["request"]): Promise<OpenedModel> {
  const bytes = await fetchModel(source, (progress) => answer({ kind: "progress", progress }));
  const name = source.kind === "file" ? source.file.name : (source.url.split("/").at(-1) as string);
  const { contract } = readOnnxContract(bytes, name);
  await verifyChecksum(bytes, name);
  const engine = await openEngine(bytes, contract.imageSize, choice);
  // The first run compiles and allocates: better now than under the first image.
  await engine.run(new Uint8Array(contract.imageSize ** 2));
  await model?.engine.close();
  model = { contract, engine };
  return { name, contract, engine: engine.kind, threads: runtimeThreads(), byteLength: bytes.length };
}

async function decode({ file, name }: WorkerCalls["decode"]["request"]): Promise<DecodedImage> {
  if (lastDecoded?.file !== file) lastDecoded = { file, decoded: await decodeFile(file, name) };
  return lastDecoded.decoded;
}

const noModel = { place: "the reader", rule: "no model is open", remedy: "Choose a model file first" };

async function read(request: WorkerCalls["read"]["request"]): Promise<PageReading> {
  if (model === undefined) throw new AppError("MODEL_INVALID", noModel);
  const startMs = performance.now();
  const { image, warnings } = await decode(request);
  const { imageSize, interpolation } = model.contract;
  const resized = resize(image, imageSize, imageSize, interpolation);
  const scope = checkScope(scopeView(image, resized, interpolation));
  const { score, heatMap } = await model.engine.run(resized.data);
  const elapsedMs = performance.now() - startMs;
  return { score, heatMap, warnings, scope, width: image.width, height: image.height, elapsedMs };
}

function failureOf(thrown: unknown): WorkerFailure {
  if (thrown instanceof AppError) return { code: thrown.code, facts: factsOf(thrown) };
  return { code: "PAGE_FAULT", facts: { place: "the reader", rule: messageOf(thrown) } };
}
