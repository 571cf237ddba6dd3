// What a backbone computes of images, by ONNX Runtime. The form of its features is found by looking: two images go through
// it, together and alone, which also shows whether it computes each image by itself.

import { AppError, messageOf } from "../../core/errors.js";
import { loadOnnxRuntime } from "../../core/onnx-runtime.js";
import {
  type BackboneInput,
  backboneNames,
  type FeatureForm,
  writeBackboneFeatures,
  writeBackboneValue,
} from "../../interchange/onnx/write-backbone-model.js";

export interface OpenBackbone {
  readonly form: FeatureForm;
  /** @param images grey, [n, size, size]. @returns features, [n, channels] */
  features(images: Uint8Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** @throws AppError MODEL_INVALID where ONNX Runtime refuses it or its values are no features; ENGINE_MISSING */
export async function openBackboneSession(input: BackboneInput, file: string, threads: number): Promise<OpenBackbone> {
  const runtime = await loadOnnxRuntime().catch((thrown: unknown) => {
    throw new AppError(
      "ENGINE_MISSING",
      {
        place: "ONNX Runtime",
        rule: `the package onnxruntime-node cannot be loaded: ${messageOf(thrown)}`,
        remedy: 'Run "npm ci"',
      },
      { cause: thrown },
    );
  });
  const { imageSize } = input;
  const open = async (bytes: Uint8Array, output: string) => {
    const session = await runtime.InferenceSession.create(bytes, {
      intraOpNumThreads: threads,
      logSeverityLevel: 4, // errors are thrown as well
    }).catch((thrown: unknown) => {
      throw unusable(file, `a file that it refuses: ${oneLine(messageOf(thrown))}`, "Export it again", thrown);
    });
    return {
      run: async (images: Uint8Array): Promise<Value> => {
        const n = images.length / imageSize ** 2;
        const image = new runtime.Tensor("uint8", images, [n, 1, imageSize, imageSize]);
        const { dims, data } = (await session.run({ [backboneNames.image]: image }))[output] as unknown as Value;
        return { dims, data };
      },
      release: () => session.release(),
    };
  };
  const value = await open(writeBackboneValue(input), backboneNames.value);
  const form = await formOf(value.run, imageSize, file).finally(() => value.release());
  const session = await open(writeBackboneFeatures(input, form), backboneNames.features);
  return {
    form,
    features: async (images) => (await session.run(images)).data,
    dispose: () => session.release(),
  };
}

interface Value {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Rounding differs with the number of images; features that say something of another image differ by more. */
const sameWithin = 1e-3;

async function formOf(run: (images: Uint8Array) => Promise<Value>, size: number, file: string): Promise<FeatureForm> {
  const ramp = (step: number) => Uint8Array.from({ length: size ** 2 }, (_, i) => (i * step) % 256);
  const [one, other] = [ramp(37), ramp(11)];
  const together = await run(new Uint8Array(Buffer.concat([one, other]))).catch((thrown: unknown) => {
    const received = `a file that cannot compute two images of ${size} pixels at once: ${oneLine(messageOf(thrown))}`;
    throw unusable(file, received, openBatch, thrown);
  });
  const form = formIn(together.dims, file);
  const alone = [await run(one), await run(other)];
  const values = alone.flatMap(({ data }) => [...data]);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  if (!Number.isFinite(largest) || Number.isNaN(values.reduce((a, b) => a + b, 0))) {
    throw unusable(file, "values that are no finite numbers", "Check its pixels' scaling, or choose other features");
  }
  const isSame =
    values.length === together.data.length &&
    values.every((value, i) => Math.abs(value - (together.data[i] as number)) <= sameWithin * largest);
  if (isSame) return form;
  throw unusable(file, "other features of an image when another one is computed with it, or chance", openBatch);
}

const openBatch = "Export it for inference and with its first dimension open (dynamic_axes or dynamic_shapes)";

function formIn(dims: readonly number[], file: string): FeatureForm {
  const [n, ...sizes] = dims;
  const isFilled = n === 2 && sizes.every((size) => size > 0);
  const [first = 0, second = 0, third = 0] = sizes;
  if (isFilled && sizes.length === 1) return { kind: "vector", channels: first };
  if (isFilled && sizes.length === 2) return { kind: "tokens", channels: second };
  if (isFilled && sizes.length === 3) return { kind: "map", channels: first, height: second, width: third };
  throw new AppError("MODEL_INVALID", {
    place: file,
    rule: "features are a vector [n, c], tokens [n, t, c] or a map [n, c, h, w] per image",
    received: `[${dims}] of two images`,
    remedy: `Choose another value; where the first size is not 2: ${openBatch}`,
  });
}

const unusable = (file: string, received: string, remedy: string, cause?: unknown): AppError =>
  new AppError(
    "MODEL_INVALID",
    { place: file, rule: "ONNX Runtime should compute features of each image by itself", received, remedy },
    { cause },
  );

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").replace(/[. ]+$/, "");
