// The score that Node gives the same file with the same model: what the page must show.
import { InferenceSession, Tensor } from "onnxruntime-node";
import { decodeGray } from "../../../src/images/decode-gray.js";
import { resize } from "../../../src/images/resize.js";

const size = 224;

export async function nodeScorer(model: Uint8Array): Promise<(file: Uint8Array) => Promise<number>> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  return async (file) => {
    const { data } = resize(await decodeGray(file), size, size, "linear");
    const outputs = await session.run({ image: new Tensor("uint8", data, [1, 1, size, size]) });
    return Number(outputs.probability?.data[0]);
  };
}
