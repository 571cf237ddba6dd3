// model.json files that are damaged or malicious: each ends in an AppError that names what is wrong.
import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { hasCode } from "../../../test/support/has-code.js";
import { golden } from "../../../test/support/paths.js";
import type { ErrorCode } from "../../core/error-catalogue.js";
import { AppError } from "../../core/errors.js";
import { readTfjsModel } from "./read-tfjs-model.js";
import { parseManifest } from "./tfjs-manifest.js";

const sound = golden("tfjs", "by-tfjs");
const soundText = readFileSync(join(sound, "model.json"), "utf8");
const root = mkdtempSync(join(tmpdir(), "pneumoscope-tfjs-hostile-"));
after(() => rmSync(root, { recursive: true }));

// biome-ignore lint/suspicious/noExplicitAny: hostile files are made by changing any part of a sound one
type AnyJson = any;

/** A copy of the sound model, changed. */
function changed(change: (json: AnyJson, folder: string) => AnyJson): string {
  const folder = mkdtempSync(join(root, "model-"));
  cpSync(sound, folder, { recursive: true });
  const json = JSON.parse(soundText);
  const result = change(json, folder) ?? json;
  writeFileSync(join(folder, "model.json"), typeof result === "string" ? result : JSON.stringify(result));
  return join(folder, "model.json");
}

const layer = (json: AnyJson, index: number): AnyJson => json.modelTopology.config.layers[index];
const weight = (json: AnyJson): AnyJson => json.weightsManifest[0].weights[0];

const refusals: readonly (readonly [
  what: string,
  code: ErrorCode,
  says: string,
  change: Parameters<typeof changed>[0],
])[] = [
  ["is no JSON", "MODEL_FILE_INVALID", "is JSON", () => "{"],
  ["is a list", "MODEL_FILE_INVALID", "is an object", () => "[]"],
  [
    "is a graph model",
    "MODEL_FILE_INVALID",
    '"graph-model"',
    (json) => {
      json.format = "graph-model";
    },
  ],
  [
    "holds weights only",
    "MODEL_FILE_INVALID",
    "weights only",
    (json) => {
      json.modelTopology = null;
    },
  ],
  [
    "has no manifest",
    "MODEL_FILE_INVALID",
    "weightsManifest",
    (json) => {
      delete json.weightsManifest;
    },
  ],
  [
    "has a group without paths",
    "MODEL_FILE_INVALID",
    "paths",
    (json) => {
      delete json.weightsManifest[0].paths;
    },
  ],
  [
    "has a nameless weight",
    "MODEL_FILE_INVALID",
    "has a name",
    (json) => {
      delete weight(json).name;
    },
  ],
  [
    "has a weight twice",
    "MODEL_FILE_INVALID",
    "twice",
    (json) => {
      weight(json).name = json.weightsManifest[0].weights[1].name;
    },
  ],
  [
    "has a negative size",
    "MODEL_FILE_INVALID",
    "has a shape",
    (json) => {
      weight(json).shape = [-1];
    },
  ],
  [
    "has a huge shape",
    "MODEL_FILE_INVALID",
    "at most 2147483647 bytes",
    (json) => {
      weight(json).shape = [2 ** 50, 2 ** 50];
    },
  ],
  [
    "has text for weights",
    "MODEL_FILE_INVALID",
    'Received "string"',
    (json) => {
      weight(json).dtype = "string";
    },
  ],
  [
    "is quantized unheard-of",
    "MODEL_FILE_INVALID",
    "quantized",
    (json) => {
      weight(json).quantization = { dtype: "int4" };
    },
  ],
  [
    "is quantized without a scale",
    "MODEL_FILE_INVALID",
    "with a scale",
    (json) => {
      weight(json).quantization = { dtype: "uint8", min: 0 };
    },
  ],
  [
    "has a layer nobody knows",
    "MODEL_LAYER_UNSUPPORTED",
    '"re_lu_ReLU1" (Mystery)',
    (json) => {
      layer(json, 3).class_name = "Mystery";
    },
  ],
  [
    "has a Lambda",
    "MODEL_LAYER_UNSUPPORTED",
    "never run",
    (json) => {
      layer(json, 3).class_name = "Lambda";
    },
  ],
  [
    "lacks a weight",
    "WEIGHTS_MISMATCH",
    "conv2d_Conv2D1/kernel [3, 3, 2, 3] is missing",
    (json) => {
      weight(json).name = "other/kernel";
    },
  ],
  [
    "misses a shard",
    "MODEL_FILE_INVALID",
    'shard "./weights.bin" with conv2d_Conv2D1/kernel',
    (_, folder) => rmSync(join(folder, "weights.bin")),
  ],
  [
    "misses a shard of several layers",
    "MODEL_FILE_INVALID",
    "name its layers as fresh: conv2d_Conv2D1, batch_normalization_BatchNormalization1, ",
    (_, folder) => rmSync(join(folder, "weights.bin")),
  ],
  [
    "has a short shard",
    "MODEL_FILE_INVALID",
    'is cut short: "./weights.bin" has 396',
    (_, folder) => truncateSync(join(folder, "weights.bin"), 396),
  ],
  [
    "has a long shard",
    "MODEL_FILE_INVALID",
    "is too long",
    (_, folder) => truncateSync(join(folder, "weights.bin"), 4000),
  ],
  [
    "has a folder for a shard",
    "MODEL_FILE_INVALID",
    "it is not a file",
    (json, folder) => {
      mkdirSync(join(folder, "inner"));
      json.weightsManifest[0].paths = ["inner"];
    },
  ],
  [
    "reads one shard again and again",
    "MODEL_FILE_INVALID",
    '"./weights.bin" twice',
    (json) => {
      json.weightsManifest[0].paths = ["./weights.bin", "./weights.bin"];
    },
  ],
  [
    "has a link out of its folder",
    "MODEL_FILE_INVALID",
    "it is a link out of the model's folder",
    (_, folder) => {
      rmSync(join(folder, "weights.bin"));
      symlinkSync(join(sound, "weights.bin"), join(folder, "weights.bin"));
    },
  ],
];

for (const [what, code, says, change] of refusals) {
  test(`a model.json that ${what} is refused with ${code}`, async () => {
    await assert.rejects(readTfjsModel(changed(change)), hasCode(code, says));
  });
}

test("no shard's path leads out of the folder", () => {
  const outside = [
    "../x",
    "a/../../x",
    "/etc/passwd",
    "C:\\x",
    "a\\b",
    "http://host/x",
    "",
    ".",
    "..",
    "a//b",
    "x\0",
    7,
    null,
  ];
  for (const path of outside) {
    assert.throws(
      () => parseManifest([{ paths: [path], weights: [] }], "model.json"),
      hasCode("MODEL_FILE_INVALID", "a shard is a file in the folder of model.json"),
      String(path),
    );
  }
  for (const path of ["x", "./x", "inner/x", "group1-shard1of1.bin", "..x"]) {
    assert.equal(parseManifest([{ paths: [path], weights: [] }], "model.json")[0]?.shards[0], path);
  }
});

test("any JSON for a manifest: groups that keep their promises, or an AppError", () => {
  const size = fc.oneof(fc.integer({ min: -2, max: 9 }), fc.double(), fc.constant(2 ** 53));
  const near = fc.record(
    {
      name: fc.oneof(fc.string(), fc.constantFrom("a/kernel", "kernel", "/")),
      shape: fc.oneof(fc.array(size, { maxLength: 10 }), fc.jsonValue()),
      dtype: fc.constantFrom("float32", "float32", "float16", "string", 3),
      quantization: fc.oneof(
        fc.record({ dtype: fc.constantFrom("uint8", "uint16", "float16", "x"), scale: fc.double(), min: fc.double() }),
        fc.jsonValue(),
      ),
    },
    { requiredKeys: ["name", "shape", "dtype"] },
  );
  const paths = fc.array(fc.oneof(fc.constantFrom("a", "b", "../a"), fc.string()), { maxLength: 3 });
  const groups = fc.array(fc.record({ paths, weights: fc.array(near, { maxLength: 4 }) }), { maxLength: 3 });
  fc.assert(
    fc.property(fc.oneof(groups, fc.jsonValue()), (manifest) => {
      try {
        for (const group of parseManifest(manifest, "model.json")) {
          let offset = 0;
          for (const one of group.weights) {
            assert.equal(one.offset, offset);
            offset += one.bytes;
          }
          assert.ok(offset === group.bytes && offset < 2 ** 31);
        }
      } catch (thrown) {
        assert.ok(thrown instanceof AppError && thrown.code === "MODEL_FILE_INVALID", String(thrown));
      }
    }),
    { numRuns: 500 },
  );
});

test("a sound model.json with any stretch of it replaced: a model or an AppError, never anything else", async () => {
  const folder = mkdtempSync(join(root, "fuzz-"));
  cpSync(sound, folder, { recursive: true });
  const path = join(folder, "model.json");
  let readable = 0;
  const stretch = fc.tuple(
    fc.nat(soundText.length),
    fc.nat(12),
    fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom("", "0", "-1", "null", "[]", "1e99", "}")),
  );
  await fc.assert(
    fc.asyncProperty(stretch, async ([start, length, text]) => {
      writeFileSync(path, soundText.slice(0, start) + text + soundText.slice(start + length));
      try {
        await readTfjsModel(path);
        readable++;
      } catch (thrown) {
        assert.ok(thrown instanceof AppError, String(thrown));
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(readable > 0 && readable < 300, `${readable} of 300 were still readable`);
});

test("two layers of one name in models inside the model: nobody could tell their weights apart", async () => {
  const place = join(mkdtempSync(join(root, "model-")), "model");
  cpSync(golden("tfjs", "teachable"), place, { recursive: true });
  const file = join(place, "model.json");
  const json = JSON.parse(readFileSync(file, "utf8"));
  json.modelTopology.config.layers[1].config.layers[1].config.name = "Conv1";
  json.weightsManifest[0].weights.pop();
  writeFileSync(file, JSON.stringify(json));
  await assert.rejects(readTfjsModel(file), hasCode("MODEL_FILE_INVALID", '"Conv1" in two models'));
});
