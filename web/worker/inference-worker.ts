// The inference worker: opens a model, decodes files, scores them, one call after another, so that the page never waits.
import {
  AppError,
  type Classifier,
  decodeImage,
  type ModelProgress,
  type NamedImage,
  openClassifier,
  type ScoredResult,
} from "../../src/browser.js";
import { factsOf, messageOf } from "../../src/core/errors.js";
import type { ImageRequest, OpenedModel, WorkerAnswer, WorkerCalls, WorkerRequest } from "./messages.js";

let classifier: Classifier | undefined;
/** The image shown is usually the one scored next or last: decoding it twice would be felt. */
let lastDecoded: { readonly file: File; readonly image: NamedImage } | undefined;
let queue: Promise<void> = Promise.resolve();

self.addEventListener("message", ({ data }: MessageEvent<WorkerRequest>) => {
  queue = queue.then(async () => {
    const { callId } = data;
    try {
      answer({ kind: "reply", callId, reply: await handle(data) });
    } catch (thrown) {
      const error = thrown instanceof AppError ? thrown : new AppError("PAGE_FAULT", pageFault(thrown));
      answer({ kind: "failure", callId, code: error.code, facts: factsOf(error) });
    }
  });
});

const pageFault = (thrown: unknown) => ({ place: "the page", rule: messageOf(thrown) });

const answer = (message: WorkerAnswer): void => self.postMessage(message);

function handle(call: WorkerRequest): Promise<WorkerCalls[typeof call.name]["reply"]> {
  switch (call.name) {
    case "open":
      return open(call.request);
    case "decode":
      return decode(call.request);
    case "score":
      return score(call.request);
    default:
      return call satisfies never;
  }
}

async function open({ model, engine }: WorkerCalls["open"]["request"]): Promise<OpenedModel> {
  const onProgress = (progress: ModelProgress) => answer({ kind: "progress", progress });
  const authorization = model.kind === "address" ? model.authorization : null;
  const headers = authorization === null ? undefined : { authorization };
  const source = model.kind === "file" ? model.file : model.url;
  const opened = await openClassifier(source, { engine, onProgress, headers });
  await classifier?.dispose();
  classifier = opened;
  const { contract, file, engine: kind, threads, byteLength } = opened;
  return { contract, file, engine: kind, threads, byteLength };
}

async function decode({ file, name }: ImageRequest): Promise<NamedImage> {
  if (lastDecoded?.file !== file) {
    const named = new File([file], name);
    lastDecoded = { file, image: await decodeImage(named) };
  }
  return lastDecoded.image;
}

async function score(request: ImageRequest): Promise<ScoredResult> {
  if (classifier === undefined)
    throw new AppError("MODEL_INVALID", {
      place: "the page",
      rule: "no model is open",
      remedy: "Choose a model file first",
    });
  const traits = classifier.contract.reference !== undefined;
  for await (const result of classifier.predict(await decode(request), { heatMaps: "both", traits })) {
    if (result.kind === "scored") return result;
    throw result.error;
  }
  throw new Error("an image has a result");
}
