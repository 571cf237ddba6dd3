// A trained model opened for use in a browser, with everything that a score needs around it. Node's twin is
// src/inference/classifier.ts; both give the same results of the same bytes.
import { throwIfAborted } from "../core/aborted.js";
import { checkArgument, oneOf } from "../core/check-options.js";
import { AppError } from "../core/errors.js";
import { type ClassifierCalls, classifierCalls } from "../inference/classifier-calls.js";
import { checkImageBytes, type InferenceModel } from "../inference/inference-model.js";
import type { DecodedImage } from "../inference/prepare-image.js";
import { prepareInput } from "../inference/prepared-input.js";
import { scoreInputs } from "../inference/score-inputs.js";
import { verifyChecksum } from "../interchange/onnx/onnx-checksum.js";
import { readOnnxContract } from "../interchange/onnx/read-onnx-contract.js";
import type { Assets } from "./assets.js";
import { decoderWith, type ImageSource, nameOfSource } from "./decoder.js";
import { type Engine, type EngineChoice, engineChoices, openEngine } from "./engine.js";
import { type ModelProgress, type ModelSource, modelBytes } from "./model-bytes.js";
import { runtimeThreads } from "./runtime.js";

/** How a model is opened in a browser. */
export interface ClassifierOptions {
  /**
   * What computes; default "automatic": WebGPU where there is a graphics processor. WebGPU that fails or gives other scores
   * than WebAssembly is not used, also where "webgpu" is asked for.
   */
  readonly engine?: EngineChoice | undefined;
  /**
   * Where the WebAssembly files lie; default beside this library, or where a bundler put them. ONNX Runtime is loaded once
   * per page or worker, for its first classifier.
   */
  readonly assets?: Assets | undefined;
  /** Called while the model arrives from an address. */
  readonly onProgress?: ((progress: ModelProgress) => void) | undefined;
  /** Sent when the model is fetched from an address, such as `{ authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends opening with an error ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** A radiograph that `decodeImage` gave, for those who show it as well. */
export interface NamedImage extends DecodedImage {
  readonly name: string;
}

/** A file that the user chose, bytes with a name, an image that is decoded already, or several of these. */
export type PredictInputs = ImageInput | Iterable<ImageInput>;
/** An image to score: still to be decoded, or decoded already. */
export type ImageInput = ImageSource | NamedImage;

/** An opened model in a browser. */
export interface Classifier extends ClassifierCalls<PredictInputs> {
  /** What computes. */
  readonly engine: Engine["kind"];
  /** Threads of WebAssembly; 1 where the page is not cross-origin isolated. */
  readonly threads: number;
  /** Of the model's file. */
  readonly byteLength: number;
}

/**
 * @throws AppError DOWNLOAD_FAILED, FILE_UNREADABLE, MODEL_FILE_INVALID, MODEL_INVALID, OPTION_INVALID, ABORTED
 */
export async function openClassifier(source: ModelSource, options: ClassifierOptions = {}): Promise<Classifier> {
  const { engine: choice = "automatic", assets } = options;
  checkArgument("engine", choice, oneOf(engineChoices));
  const file = await modelBytes(source, options);
  const { contract } = readOnnxContract(file.bytes, file.name);
  await verifyChecksum(file.bytes, file.name);
  const { imageSize } = contract;
  const engine = await openEngine(file, { imageSize, choice, assets });
  try {
    throwIfAborted(options.signal, "openClassifier");
    // The first run compiles and allocates: better now than under the first image.
    await engine.run(new Uint8Array(imageSize ** 2));
    throwIfAborted(options.signal, "openClassifier");
  } catch (thrown) {
    await engine.close();
    throw thrown;
  }
  const model: InferenceModel = {
    contract,
    file: file.name,
    hasContract: true,
    run: async (images) => {
      checkImageBytes(images, imageSize);
      return engine.run(images);
    },
    dispose: () => engine.close(),
  };
  const decoder = decoderWith(assets);
  const decode = async (input: ImageInput, maxPixels: number | undefined) =>
    "image" in input ? input : decoder.decode(input, maxPixels);
  return {
    ...classifierCalls<PredictInputs>(model, true, (inputs, predictOptions) => {
      const { batchSize = 1, maxPixels } = predictOptions;
      const prepare = (input: ImageInput) =>
        prepareInput(nameOf(input), () => decode(input, maxPixels), contract, predictOptions);
      return scoreInputs(checkedInputs(inputs), prepare, model, predictOptions, { decoders: 1, batchSize });
    }),
    engine: engine.kind,
    threads: runtimeThreads(),
    byteLength: file.bytes.length,
  };
}

/** @throws AppError as an image's failed result, and DOWNLOAD_FAILED */
export async function decodeImage(
  source: ImageSource,
  { assets }: Pick<ClassifierOptions, "assets"> = {},
): Promise<NamedImage> {
  if (!isImageSource(source)) throw inputInvalid(source);
  return { name: nameOfSource(source), ...(await decoderWith(assets).decode(source)) };
}

function checkedInputs(inputs: PredictInputs): readonly ImageInput[] {
  if (isImageInput(inputs)) return [inputs];
  if (
    typeof (inputs as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== "function" ||
    typeof inputs === "string"
  ) {
    throw inputInvalid(inputs);
  }
  const list = [...(inputs as Iterable<unknown>)];
  const wrong = list.findIndex((item) => !isImageInput(item));
  if (wrong !== -1) throw inputInvalid(list[wrong]);
  return list as ImageInput[];
}

const inputInvalid = (received: unknown): AppError =>
  new AppError("OPTION_INVALID", {
    place: "images",
    rule: "should be files, or objects with name and bytes",
    received: received === null ? "null" : typeof received,
  });

const isNamed = (value: unknown): value is { readonly name: string } =>
  typeof value === "object" && value !== null && typeof (value as { name?: unknown }).name === "string";

const isImageSource = (value: unknown): value is ImageSource =>
  value instanceof Blob || (isNamed(value) && "bytes" in value && value.bytes instanceof Uint8Array);

const isImageInput = (value: unknown): value is ImageInput =>
  isImageSource(value) || (isNamed(value) && "image" in value && "warnings" in value);

const nameOf = (input: ImageInput): string => ("image" in input ? input.name : nameOfSource(input));
