// A server over a model whose score can be worked out by hand, and the requests that tests send it. The model's score
// of a flat image is that of brightness-model.ts; its heat map says PNEUMONIA looks at the upper left, NORMAL below.
import type { FastifyInstance } from "fastify";
import { decodeGray } from "../../src/images/decode-gray.js";
import { encodePng } from "../../src/images/encode.js";
import type { ModelOutput } from "../../src/inference/inference-model.js";
import { createServer, type ServerParts } from "../../src/serve/create-server.js";
import type { ServedModel } from "../../src/serve/served-model.js";
import type { ServerOptions } from "../../src/serve/server-options.js";
import { brightnessScore } from "./brightness-model.js";
import { sampleContract } from "./sample-contract.js";

export const servedSize = 32;
export const servedThreshold = 0.7;

const measured = (value: number, n: number) => ({ value, low: value - 0.05, high: value + 0.02, n });

export const servedContract = sampleContract({
  title: "Brightness",
  imageSize: servedSize,
  threshold: { value: servedThreshold, policy: "youden", chosenOn: "validation" },
  operation: [
    {
      split: "test",
      threshold: servedThreshold,
      images: 624,
      sensitivity: measured(0.97, 390),
      specificity: measured(0.8, 234),
      auc: measured(0.95, 624),
    },
  ],
});

export const brightnessAnswer = async (images: Uint8Array): Promise<ModelOutput> => {
  const size = servedSize ** 2;
  const means = Array.from({ length: images.length / size }, (_, i) => {
    const pixels = images.subarray(i * size, (i + 1) * size);
    return pixels.reduce((sum, value) => sum + value, 0) / size;
  });
  const maps = means.flatMap(() => [0, 0, 0.5, 1, 1, 0.123456, 0, 0]); // [n, 2, 2, 2]
  return {
    scores: Float32Array.from(means, brightnessScore),
    heatMaps: { data: Float32Array.from(maps), height: 2, width: 2 },
  };
};

export const brightnessModel: ServedModel = { contract: servedContract, hasContract: true, run: brightnessAnswer };

export const brightnessParts: ServerParts = {
  model: brightnessModel,
  modelFile: { bytes: Buffer.from("the model's bytes"), sha256: "0123456789abcdef".repeat(4) },
  decodeRadiograph: async (bytes, { name, limits }) => ({
    image: await decodeGray(bytes, { name, limits }),
    warnings: [],
  }),
  version: "1.2.3",
};

/** Not listening; close it. */
export const brightnessServer = (
  parts: Partial<ServerParts> = {},
  options: Partial<ServerOptions> = {},
): Promise<FastifyInstance> => createServer({ ...brightnessParts, ...parts }, options);

export const flatPng = (gray: number, side = 40): Promise<Uint8Array> =>
  encodePng({ width: side, height: side, data: new Uint8Array(side * side).fill(gray) });

/** A request of files as multipart/form-data, encoded by Node's own FormData. */
export async function multipart(files: readonly (readonly [name: string, bytes: Uint8Array | string])[]) {
  const form = new FormData();
  for (const [name, bytes] of files) form.append("files", new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
  const encoded = new Response(form);
  return {
    payload: Buffer.from(await encoded.arrayBuffer()),
    headers: { "content-type": encoded.headers.get("content-type") as string },
  };
}

export interface PredictRequest {
  readonly payload?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

export interface Reply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly json: () => any;
}

/** Sends a POST /v1/predict without a socket. */
export async function predict(app: FastifyInstance, { payload, headers, query = "" }: PredictRequest): Promise<Reply> {
  return await app.inject({
    method: "POST",
    url: `/v1/predict${query}`,
    headers: { host: "localhost", ...headers },
    payload: Buffer.from(payload ?? []),
  });
}
