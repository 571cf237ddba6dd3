// .keras files that are damaged, malicious, or of a kind that is not read: each ends in an AppError that names what it is.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { unzipSync, type Zippable, zipSync } from "fflate";
import { hasCode } from "../../../test/support/has-code.js";
import { overlappingBomb, withEntry } from "../../../test/support/hostile-zip.js";
import { golden } from "../../../test/support/paths.js";
import type { ErrorCode } from "../../core/error-catalogue.js";
import { AppError } from "../../core/errors.js";
import { Random } from "../../core/random.js";
import { flattenModel } from "../keras-config/flatten-model.js";
import { loadPretrained } from "../load-pretrained.js";
import { parseModelFile, readModelFile } from "../read-model-file.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-hostile-keras-"));
after(() => rmSync(folder, { recursive: true }));

const sound = new Uint8Array(readFileSync(golden("keras-archive", "sequential.keras")));
const members = unzipSync(sound);
const read = (bytes: Uint8Array) => parseModelFile("fuzz.keras", bytes);
const zipped = (change: Zippable, without: readonly string[] = []): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries({ ...members, ...change }).filter(([name]) => !without.includes(name))), {
    level: 0,
  });

const refusals: readonly (readonly [file: string, code: ErrorCode, says: string])[] = [
  ["lambda", "MODEL_LAYER_UNSUPPORTED", '"doubling" (Lambda): a model file is data'],
  ["custom-layer", "MODEL_LAYER_UNSUPPORTED", 'a custom object, "somebody>Conv2D", whose program code is never run'],
  ["custom-model", "MODEL_LAYER_UNSUPPORTED", 'a custom class, "somebody>OwnModel"'],
  [
    "quantized",
    "MODEL_LAYER_UNSUPPORTED",
    'layer "packed" (Dense): weights are float32. Received quantized ones, "int8"',
  ],
  ["npz", "MODEL_FILE_INVALID", '"model.weights.npz", which is not read'],
  ["external-link", "MODEL_FILE_INVALID", '"/layers/conv2d" lies in this file. Received a link to another file'],
  ["soft-link-outside", "MODEL_FILE_INVALID", "leads nowhere"],
  ["huge-shape", "MODEL_FILE_INVALID", "[1048576, 1048576]"],
  ["other-name", "MODEL_FILE_INVALID", 'the weights of layer "conv2d". Received those of "conv2d_7"'],
  ["more-weights", "WEIGHTS_MISMATCH", "conv2d/1 is not in the model"],
  ["loop", "MODEL_FILE_INVALID", "at most 8 deep"],
];

for (const [name, code, says] of refusals) {
  test(`${name}.keras is refused with ${code}`, async () => {
    await assert.rejects(readModelFile(golden("keras-archive", "hostile", `${name}.keras`)), hasCode(code, says));
  });
}

test("what is no archive, holds too little, or lost something says so", async () => {
  const refuses = (bytes: Uint8Array, says: string) => assert.rejects(read(bytes), hasCode("MODEL_FILE_INVALID", says));
  await refuses(sound.slice(0, 20_000), "it is a whole zip archive");
  await refuses(zipped({}, ["model.weights.h5"]), "a .keras file holds model.weights.h5");
  await refuses(zipped({}, ["config.json"]), "a .keras file holds config.json");
  await refuses(zipped({ "config.json": Buffer.from("{") }), "JSON");
  await refuses(zipped({ "metadata.json": Buffer.from("[]") }), "metadata.json is an object");
  await refuses(zipped({ "model.weights.h5": new Uint8Array(100) }), "100 bytes of another kind");
  const damaged = sound.slice();
  damaged[sound.length - 10_000] = 255 - (damaged[sound.length - 10_000] as number);
  await refuses(damaged, "the checksum that the archive gives");
  assert.ok(await read(zipped({}, ["metadata.json"])), "nothing of metadata.json is needed");
  const text = join(folder, "text.keras");
  writeFileSync(text, "no model\n");
  await assert.rejects(readModelFile(text), hasCode("MODEL_FILE_INVALID", "it is a whole zip archive"));
  await assert.rejects(readModelFile(join(folder, "absent.keras")), hasCode("FILE_MISSING", "no such file"));
});

test("members that leave the folder, links, passwords and bombs are refused before they are unpacked", async () => {
  const refuses = (bytes: Uint8Array, says: string) => assert.rejects(read(bytes), hasCode("MODEL_FILE_INVALID", says));
  await refuses(zipped({ "../outside": new Uint8Array(1) }), "it is a whole zip archive");
  await refuses(zipped({ "/etc/absolute": new Uint8Array(1) }), "it is a whole zip archive");
  await refuses(
    withEntry(sound, (entry) => entry.writeUInt32LE(0o120777 * 65_536, 38)),
    "a link or device",
  );
  await refuses(
    withEntry(sound, (entry) => entry.writeUInt16LE(1, 8)),
    "it is a whole zip archive",
  ); // a password
  await refuses(overlappingBomb(2000), "an archive should have");
  const zeros = { level: 9 } as const;
  await refuses(zipped({ "model.weights.h5": [new Uint8Array(64 << 20), zeros] }), "an archive should have");
  await refuses(zipped({ "config.json": [new Uint8Array(65 << 20), zeros] }), "an archive should have");
  assert.ok(deflateRawSync(new Uint8Array(64 << 20), { level: 9 }).length < 100_000, "it is a bomb");
});

test("a folder without the weights, and weights in several files, are named", async () => {
  const place = join(folder, "unpacked");
  mkdirSync(place);
  writeFileSync(join(place, "config.json"), members["config.json"] as Uint8Array);
  await assert.rejects(readModelFile(place), hasCode("MODEL_FILE_INVALID", "a .keras file holds model.weights.h5"));
  writeFileSync(join(place, "model.weights.json"), "{}");
  await assert.rejects(readModelFile(place), hasCode("MODEL_FILE_INVALID", '"model.weights.json", which is not read'));
  const { graph } = await read(sound);
  const list = join(folder, "model.weights.json");
  writeFileSync(list, '{"metadata":{"total_size":1},"weight_map":{"/layers/dense/vars":["model_00000.weights.h5"]}}');
  const shard = join(folder, "model_00000.weights.h5");
  writeFileSync(shard, "");
  for (const each of [list, shard]) {
    const load = loadPretrained({ graph, firstHeadLayer: null, place: each, seed: 1, fresh: [] });
    await assert.rejects(load, hasCode("MODEL_FILE_INVALID", "weights stand in one file"));
  }
});

test("models that call each other into billions of layers are refused soon", () => {
  const input = { class_name: "InputLayer", name: "x", config: { batch_shape: [null, 4, 4, 1] }, inbound_nodes: [] };
  let inner: Record<string, unknown> = { class_name: "ReLU", name: "r", config: {} };
  for (let depth = 0; depth < 8; depth++) {
    const calls = Array.from({ length: 50 }, (_, i) => [[i === 0 ? "x" : "r", Math.max(0, i - 1), 0, {}]]);
    const layers = [input, { ...inner, name: "r", inbound_nodes: calls }];
    const config = { name: "m", layers, input_layers: [["x", 0, 0]], output_layers: [["r", 49, 0]] };
    inner = { class_name: "Functional", config };
  }
  assert.throws(() => flattenModel(inner, "many"), hasCode("MODEL_FILE_INVALID", "calls at most 5000 layers"));
});

test("60 damaged archives: an AppError or a model", async (context) => {
  const small = zipped({});
  let readable = 0;
  for (let seed = 0; seed < 60; seed++) {
    const random = Random.of(seed, "archives");
    const bytes = small.slice();
    const ends = [60, bytes.length - 400];
    for (let flips = 1 + random.integer(8); flips > 0; flips--) {
      bytes[(ends[random.integer(2)] as number) + random.integer(380)] = random.integer(256);
    }
    try {
      await read(bytes);
      readable++;
    } catch (thrown) {
      assert.ok(thrown instanceof AppError, `seed ${seed}: ${thrown}`);
    }
  }
  context.diagnostic(`${readable} were still readable`);
});
