import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { hasCode } from "../../../test/support/has-code.js";
import { livelyWeights } from "../../../test/support/lively-weights.js";
import { sampleContract } from "../../../test/support/sample-contract.js";
import { loadOnnxRuntime } from "../../core/onnx-runtime.js";
import { customCnn } from "../../model/zoo/custom-cnn.js";
import { checksumMetadataKey, verifyChecksum, withChecksum } from "./onnx-checksum.js";
import { readOnnxContract } from "./read-onnx-contract.js";
import { writeInferenceModel } from "./write-inference-model.js";

const onnxruntime = await loadOnnxRuntime();
const graph = customCnn({ imageSize: 32 });
const bare = writeInferenceModel(graph, livelyWeights(graph, 1), sampleContract({ imageSize: 32 }));
const sealed = await withChecksum(bare);

test("the checksum is SHA-256 of all before its entry, and the file is read as before", async () => {
  const digest = createHash("sha256").update(bare).digest("hex");
  assert.equal(Buffer.from(sealed.subarray(-64)).toString(), digest);
  assert.ok(Buffer.from(sealed.subarray(bare.length)).includes(checksumMetadataKey));
  assert.deepEqual(readOnnxContract(sealed, "m.onnx"), readOnnxContract(bare, "m.onnx"));
  await verifyChecksum(sealed, "m.onnx");
  await verifyChecksum(bare, "m.onnx");
});

test("ONNX Runtime takes the file with its checksum", async () => {
  const session = await onnxruntime.InferenceSession.create(sealed);
  assert.deepEqual(session.inputNames, ["image"]);
  await session.release();
});

test("one changed bit anywhere before the checksum's entry is noticed, in weights as in metadata", async () => {
  const bits = fc.integer({ min: 0, max: 8 * bare.length - 1 });
  await fc.assert(
    fc.asyncProperty(bits, async (bit) => {
      const damaged = sealed.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      await assert.rejects(
        verifyChecksum(damaged, "m.onnx"),
        hasCode("MODEL_FILE_INVALID", "m.onnx: should have the bytes"),
      );
    }),
    { seed: 4, numRuns: 20 },
  );
});

test("any bytes are taken or refused, the shortest included", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => verifyChecksum(bytes, "m.onnx")),
    { seed: 5, numRuns: 100 },
  );
  await assert.rejects(
    verifyChecksum(sealed.slice(5), "m.onnx"),
    hasCode("MODEL_FILE_INVALID", "m.onnx: should have the bytes"),
  );
});
