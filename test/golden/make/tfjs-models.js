// Golden evidence from real TensorFlow.js: that it loads our exports and computes what Keras does, a model saved by
// itself, and what it makes of quantized weights. Not part of npm test: TensorFlow.js is 83 MB and no dependency.
//     npm install --prefix TFJS @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
//     node dist/test/golden/make/write-for-tfjs.js FOLDER && node test/golden/make/tfjs-models.js FOLDER TFJS
// Prints the largest difference for every export, fails above 1e-4, and writes test/golden/tfjs.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [exportsFolder = "", tfjsFolder = ""] = process.argv.slice(2);
const load = createRequire(join(resolve(tfjsFolder), "package.json"));
const tf = load("@tensorflow/tfjs-core");
const layers = load("@tensorflow/tfjs-layers");
load("@tensorflow/tfjs-backend-cpu");
await tf.setBackend("cpu");

const golden = join(dirname(fileURLToPath(import.meta.url)), "..", "tfjs");
mkdirSync(golden, { recursive: true });
const packed = (data, shape) => ({ shape, base64: Buffer.from(Float32Array.from(data).buffer).toString("base64") });
const unpacked = ({ base64 }) => new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
const largest = (a, b) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

/** The artifacts of a folder, as TensorFlow.js' own file handlers hand them over. */
function fromFolder(folder) {
  const json = JSON.parse(readFileSync(join(folder, "model.json"), "utf8"));
  const getWeights = () => {
    const shards = json.weightsManifest.flatMap((group) => group.paths.map((path) => readFileSync(join(folder, path))));
    const specs = json.weightsManifest.flatMap((group) => group.weights);
    const bytes = Buffer.concat(shards);
    return [specs, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)];
  };
  return { load: () => tf.io.getModelArtifactsForJSON(json, getWeights) };
}

/** Of model.json, and of its shards one after the other. */
function digests(folder) {
  const text = readFileSync(join(folder, "model.json"));
  const weights = createHash("sha256");
  for (const group of JSON.parse(text).weightsManifest) {
    for (const path of group.paths) weights.update(readFileSync(join(folder, path)));
  }
  return { modelJson: createHash("sha256").update(text).digest("hex"), weights: weights.digest("hex") };
}

const evidence = { tfjs: layers.version_layers, exports: {} };
for (const name of readdirSync(exportsFolder).filter((entry) => existsSync(join(exportsFolder, entry, "model.json")))) {
  const folder = join(exportsFolder, name);
  const expected = JSON.parse(readFileSync(`${folder}.json`, "utf8"));
  const model = await layers.loadLayersModel(fromFolder(folder));
  const output = model.predict(tf.tensor(unpacked(expected.input), expected.input.shape));
  const difference = largest(output.dataSync(), unpacked(expected.output));
  process.stdout.write(`${name}: ${model.countParams()} parameters, largest difference ${difference}\n`);
  if (!(difference <= 1e-4)) process.exitCode = 1;
  evidence.exports[name] = { ...digests(folder), difference, output: [...output.dataSync()] };
}
writeFileSync(join(golden, "loads.json"), `${JSON.stringify(evidence, null, 1)}\n`);

let seed = 1;
const uniform = (low, high) => {
  seed = (seed * 48271) % 2147483647;
  return low + ((high - low) * seed) / 2147483647;
};

/** Gives a model weights and writes what it saves, with an input of [2, 8, 7, 2] and its output. */
async function saveGolden(name, model) {
  model.setWeights(
    model.weights.map((weight) => {
      const [low, high] = weight.name.includes("variance") ? [0.5, 1.5] : [-0.8, 1];
      const size = weight.shape.reduce((product, length) => product * length, 1);
      return tf.tensor(
        Array.from({ length: size }, () => uniform(low, high)),
        weight.shape,
      );
    }),
  );
  const folder = join(golden, name);
  mkdirSync(folder, { recursive: true });
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData, format, generatedBy, convertedBy }) => {
      const weightsManifest = [{ paths: ["./weights.bin"], weights: weightSpecs }];
      const json = { modelTopology, format, generatedBy, convertedBy, weightsManifest };
      writeFileSync(join(folder, "model.json"), JSON.stringify(json));
      writeFileSync(join(folder, "weights.bin"), Buffer.from(weightData));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  const input = Float32Array.from({ length: 2 * 8 * 7 * 2 }, () => uniform(-1, 1));
  const output = model.predict(tf.tensor(input, [2, 8, 7, 2]));
  const values = { input: packed(input, [2, 8, 7, 2]), output: packed(output.dataSync(), output.shape) };
  writeFileSync(`${folder}.json`, JSON.stringify(values));
}

// A model that TensorFlow.js built and saved itself.
const saved = layers.sequential({
  name: "by_tfjs",
  layers: [
    layers.layers.conv2d({ inputShape: [8, 7, 2], filters: 3, kernelSize: 3, activation: "relu6", padding: "same" }),
    layers.layers.batchNormalization(),
    layers.layers.depthwiseConv2d({ kernelSize: 3, strides: 2, useBias: false }),
    layers.layers.reLU({ maxValue: 6 }),
    layers.layers.globalAveragePooling2d({}),
    layers.layers.dense({ units: 1, activation: "sigmoid" }),
  ],
});
await saveGolden("by-tfjs", saved);

// Models inside the model, as Teachable Machine joins a cut MobileNet and what it trained.
const pixels = layers.input({ shape: [8, 7, 2], name: "input_1" });
const convolved = layers.layers.conv2d({ filters: 4, kernelSize: 3, useBias: false, name: "Conv1" }).apply(pixels);
const cut = layers.model({
  inputs: pixels,
  outputs: layers.layers.reLU({ maxValue: 6 }).apply(convolved),
  name: "model1",
});
const features = layers.sequential({ name: "sequential_1", layers: [cut, layers.layers.globalAveragePooling2d({})] });
const trained = layers.sequential({
  name: "sequential_3",
  layers: [
    layers.layers.dense({ inputShape: [4], units: 5, activation: "relu", name: "dense_Dense1" }),
    layers.layers.dense({ units: 2, activation: "softmax", useBias: false, name: "dense_Dense2" }),
  ],
});
await saveGolden("teachable", layers.sequential({ name: "sequential_4", layers: [features, trained] }));

// Weights stored in fewer bits, and the values that TensorFlow.js takes them for.
const stored = Buffer.alloc(34);
for (let i = 0; i < 6; i++) stored.writeUInt8(51 * i, i);
for (let i = 0; i < 6; i++) stored.writeUInt16LE(13107 * i, 6 + 2 * i);
for (const [i, half] of [0x0000, 0x8000, 0x3c00, 0xc580, 0x0001, 0x03ff, 0x7bff, 0x2e66].entries()) {
  stored.writeUInt16LE(half, 18 + 2 * i);
}
const specs = [
  { name: "a/kernel", shape: [2, 3], dtype: "float32", quantization: { dtype: "uint8", scale: 0.01, min: -1.3 } },
  { name: "b/kernel", shape: [6], dtype: "float32", quantization: { dtype: "uint16", scale: 3e-5, min: -0.7 } },
  { name: "c/kernel", shape: [8], dtype: "float32", quantization: { dtype: "float16", original_dtype: "float32" } },
];
const decoded = tf.io.decodeWeights(stored.buffer.slice(stored.byteOffset, stored.byteOffset + stored.length), specs);
const values = Object.fromEntries(specs.map(({ name, shape }) => [name, packed(decoded[name].dataSync(), shape)]));
writeFileSync(
  join(golden, "quantized.json"),
  `${JSON.stringify({ specs, stored: stored.toString("base64"), values }, null, 1)}\n`,
);
