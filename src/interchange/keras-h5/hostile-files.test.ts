// Files that are damaged or malicious: each ends in an AppError, and the next file is read as if nothing had happened.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { golden } from "../../../test/support/paths.js";
import type { ErrorCode } from "../../core/error-catalogue.js";
import { AppError } from "../../core/errors.js";
import { Random } from "../../core/random.js";
import { initialWeights } from "../../model/initial-weights.js";
import { customCnn } from "../../model/zoo/custom-cnn.js";
import { flattenModel } from "../keras-config/flatten-model.js";
import { parseModelJson } from "../keras-config/graph-from-keras.js";
import { withoutSeal, withSeal } from "./h5-checksum.js";
import { readKerasModel } from "./read-keras-model.js";
import { Reader } from "./reader.js";
import { kerasModelBytes } from "./write-keras-model.js";

const hostile = (name: string): string => golden("keras", "hostile", `${name}.h5`);
const folder = mkdtempSync(join(tmpdir(), "pneumoscope-hostile-"));
const reader = new Reader();
/** Ends endless loops soon; an honest file that is cut off by it counts as refused, which these tests allow. */
const hasty = new Reader(5000);
/** Ends them too, but late enough for a sound file that is read by a new thread on a busy machine. */
const patient = new Reader(15_000);
after(async () => {
  await Promise.all([reader.close(), hasty.close(), patient.close()]);
  rmSync(folder, { recursive: true });
});

const copyOf = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
const read = (path: string): ReturnType<Reader["read"]> =>
  reader.read({ bytes: copyOf(path), place: path, request: undefined });

async function refusal(run: () => Promise<unknown>): Promise<AppError> {
  try {
    await run();
  } catch (thrown) {
    assert.ok(thrown instanceof AppError, String(thrown));
    return thrown;
  }
  return assert.fail("nothing was refused");
}

const refusals: readonly (readonly [file: string, code: ErrorCode, says: RegExp])[] = [
  ["external-link", "MODEL_FILE_INVALID", /model_weights\/dense.*link to another file/],
  ["external-storage", "MODEL_FILE_INVALID", /external raw data file/],
  ["virtual-dataset", "MODEL_FILE_INVALID", /kernel:0.*virtual dataset/],
  ["huge-shape", "MODEL_FILE_INVALID", /\[1048576, 1048576\]/],
  ["dangling-link", "MODEL_FILE_INVALID", /leads nowhere/],
  ["link-loop", "MODEL_FILE_INVALID", /too many links/],
  ["float64", "MODEL_FILE_INVALID", /32-bit floats/],
  ["group-for-dataset", "MODEL_FILE_INVALID", /is a dataset. Received group/],
  ["no-config", "MODEL_FILE_INVALID", /model.save/],
  ["config-not-json", "MODEL_FILE_INVALID", /JSON/],
  ["config-a-number", "MODEL_FILE_INVALID", /"model_config".*is text/],
  ["keras-1", "MODEL_FILE_INVALID", /Keras 1\.2\.2/],
  ["missing-weight", "WEIGHTS_MISMATCH", /dense\/kernel \[2, 1\] is missing/],
  ["other-shape", "WEIGHTS_MISMATCH", /dense\/kernel should be \[2, 1\], is \[3, 1\]/],
  ["lambda", "MODEL_LAYER_UNSUPPORTED", /"doubling" \(Lambda\).*never run/],
  ["unknown-layer", "MODEL_LAYER_UNSUPPORTED", /"up" \(Conv2DTranspose\)/],
  ["any-size", "MODEL_LAYER_UNSUPPORTED", /fixed sizes.*null/],
  ["two-inputs", "MODEL_LAYER_UNSUPPORTED", /one input/],
  ["two-outputs", "MODEL_LAYER_UNSUPPORTED", /one output/],
  ["axis-1", "MODEL_LAYER_UNSUPPORTED", /"rows".*axis.*\[1\]/],
];

for (const [file, code, says] of refusals) {
  test(`${file}.h5 is refused with ${code}`, async () => {
    const error = await refusal(() => read(hostile(file)));
    assert.equal(error.code, code);
    assert.match(error.message, says);
    assert.ok(error.message.startsWith(hostile(file)), "the message begins with the place");
  });
}

test("a .keras archive is named as what it is", async () => {
  const path = join(folder, "model.keras");
  writeFileSync(path, "PK\x03\x04 and the rest of a zip archive");
  const { code, message } = await refusal(() => read(path));
  assert.equal(code, "MODEL_FILE_INVALID");
  assert.match(message, /zip archive, as \.keras files are/);
});

test("a model inside the model and a layer that is called three times become one list of layers", async () => {
  const nested = await read(hostile("nested"));
  const shared = await read(hostile("shared-layer"));
  assert.ok(nested.kind === "model" && shared.kind === "model");
  assert.deepEqual(
    nested.model.graph.nodes.map(({ className, inputs }) => [className, inputs.length]),
    [
      ["InputLayer", 0],
      ["Conv2D", 1],
    ],
  );
  const { graph, weights } = shared.model;
  assert.deepEqual(
    graph.nodes.slice(1).map(({ name, inputs }) => [name, ...inputs.slice(name === "shared" ? 1 : 0)]),
    [["shared"], ["shared_1", graph.nodes[0]?.name], ["shared_2", "shared_1"], ["add", "shared", "shared_2"]],
  );
  assert.equal(weights.get("shared_1")?.get("kernel"), weights.get("shared_2")?.get("kernel"));
});

test("odd but honest storage is read: gzip, big-endian, a soft link inside the file", async () => {
  const plain = await read(golden("keras", "frozen-keras2.h5"));
  for (const name of ["fine-gzip", "fine-big-endian", "fine-soft-link"]) {
    const odd = await read(hostile(name));
    assert.ok(plain.kind === "model" && odd.kind === "model");
    assert.deepEqual(odd.model.weights, plain.model.weights, name);
  }
});

test("what was refused once is read: a model inside the model, a dilated convolution, both by Keras 2", async () => {
  const nested = await read(hostile("nested"));
  assert.ok(nested.kind === "model");
  assert.deepEqual(
    nested.model.graph.nodes.map(({ className }) => className),
    ["InputLayer", "Conv2D"],
  );
  const dilated = await read(hostile("dilated"));
  const convolution = dilated.kind === "model" ? dilated.model.graph.nodes[1] : undefined;
  assert.ok(convolution?.className === "Conv2D");
  assert.deepEqual(convolution.config.dilationRate, [2, 2]);
});

test("a missing file, a folder, a device, text and a file that is cut short each say what they are", async () => {
  const of = async (path: string): Promise<string> => (await refusal(() => readKerasModel(path))).code;
  assert.equal(await of(join(folder, "absent.h5")), "FILE_MISSING");
  assert.equal(await of(folder), "FILE_UNREADABLE");
  assert.equal(await of("/dev/null"), "FILE_UNREADABLE");
  const text = join(folder, "text.h5");
  writeFileSync(text, "not a model\n");
  assert.equal(await of(text), "MODEL_FILE_INVALID");
  writeFileSync(text, "");
  assert.equal(await of(text), "MODEL_FILE_INVALID");
  const short = join(folder, "short.h5");
  writeFileSync(short, copyOf(golden("keras", "sequential-keras3.h5")));
  truncateSync(short, 30_000);
  const error = await refusal(() => readKerasModel(short));
  assert.equal(error.code, "MODEL_FILE_INVALID");
  assert.match(error.message, /truncated/);
});

test("a name list that is an attribute bomb is refused before it is read", async () => {
  const graph = customCnn({ imageSize: 16 });
  const bytes = withoutSeal(await kerasModelBytes(graph, initialWeights(graph, 1), {}, "bomb.h5"));
  // Fixed-length strings of layer_names: raise the declared string length in the datatype message to about 2 GiB.
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf("layer_names\0");
  assert.ok(at > 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const longest = Math.max(...graph.nodes.map((node) => node.name.length)) + 1;
  let patched = 0;
  for (let i = at; i < at + 40; i++) {
    if (view.getUint32(i, true) === longest) {
      view.setUint32(i, 0x7fff_ffff, true);
      patched++;
    }
  }
  assert.equal(patched, 1);
  const error = await refusal(() => reader.read({ bytes: withSeal(bytes), place: "bomb.h5", request: undefined }));
  assert.equal(error.code, "MODEL_FILE_INVALID");
});

/** A process of its own, so that its memory is that of one file. */
const measured = `
  import { Reader } from ${JSON.stringify(new URL("./reader.js", import.meta.url).href)};
  import { readFileSync } from "node:fs";
  import { gunzipSync } from "node:zlib";
  const bytes = new Uint8Array(gunzipSync(readFileSync(process.argv[1])));
  const reader = new Reader();
  const code = await reader.read({ bytes, place: "bomb", request: undefined }).then(() => "read", ({ code }) => code);
  await reader.close();
  console.log(code, Math.round(process.resourceUsage().maxRSS / 1024));`;

for (const [name, code] of [
  ["bomb-zeros", "MODEL_FILE_INVALID"],
  ["bomb-chunk", "MODEL_FILE_INVALID"],
  ["bomb-links", "MODEL_FILE_INVALID"],
  ["bomb-empty", "MODEL_FILE_INVALID"],
] as const) {
  test(`${name}.h5, a small file that asks for hundreds of megabytes, gets few`, (context) => {
    const path = golden("keras", "hostile", `${name}.h5.gz`);
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", measured, path], { encoding: "utf8" });
    const [said, peakMib] = stdout.trim().split(" ");
    assert.equal(said, code);
    assert.ok(Number(peakMib) < 400, `${peakMib} MiB`); // some 90 are Node.js and the library
    context.diagnostic(`${peakMib} MiB`);
  });
}

test("deep nesting and cycles in a configuration end in an error", () => {
  const deep = `{"class_name":"Sequential","config":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  assert.throws(() => flattenModel(parseModelJson(deep, "deep"), "deep"), AppError);
  const layer = (name: string, input: string) => ({
    class_name: "ReLU",
    name,
    config: { name },
    inbound_nodes: [[[input, 0, 0, {}]]],
  });
  const cycle = {
    class_name: "Functional",
    config: {
      name: "cycle",
      layers: [
        { class_name: "InputLayer", name: "x", config: { batch_input_shape: [null, 2, 2, 1] }, inbound_nodes: [] },
        layer("a", "b"),
        layer("b", "a"),
      ],
      input_layers: [["x", 0, 0]],
      output_layers: [["b", 0, 0]],
    },
  };
  assert.throws(() => flattenModel(cycle, "cycle"), /MODEL_INVALID|"a" reads layers that come before/);
});

// Damaged files of the kind below that HDF5 2.0 (h5wasm 0.10) does not survive: an endless loop, a trap.
for (const name of ["endless", "trap"]) {
  test(`${name}.h5 breaks the HDF5 library; the same reader reads the next file`, async () => {
    const error = await refusal(() => patient.read({ bytes: copyOf(hostile(name)), place: name, request: undefined }));
    assert.equal(error.code, "MODEL_FILE_INVALID");
    const next = await patient.read({ bytes: copyOf(hostile("fine-gzip")), place: "next", request: undefined });
    assert.equal(next.kind, "model");
  });
}

test("400 damaged files: an AppError or a model, never a crash or a hang", async (context) => {
  const graph = customCnn({ imageSize: 16 });
  const bases = [
    copyOf(golden("keras", "frozen-keras2.h5")),
    copyOf(golden("keras", "frozen-keras3.h5")),
    withoutSeal(await kerasModelBytes(graph, initialWeights(graph, 1), { json: { epoch: 3 } }, "own")),
  ];
  const codes = new Set<ErrorCode>([
    "MODEL_FILE_INVALID",
    "MODEL_LAYER_UNSUPPORTED",
    "MODEL_INVALID",
    "WEIGHTS_MISMATCH",
  ]);
  let readable = 0;
  for (let seed = 0; seed < 400; seed++) {
    const random = Random.of(seed, "fuzz");
    // Whoever makes a file on purpose makes its checksum too.
    const bytes = withSeal(damaged(bases[seed % bases.length] as Uint8Array, random));
    try {
      await hasty.read({ bytes, place: `seed ${seed}`, request: undefined });
      readable++;
    } catch (thrown) {
      assert.ok(thrown instanceof AppError && codes.has(thrown.code), `seed ${seed}: ${thrown}`);
    }
  }
  context.diagnostic(`${readable} of 400 were still readable`);
  assert.ok(readable > 0 && readable < 400);
  await read(golden("keras", "functional-keras2.h5"));
});

/** Flips bytes where HDF5 keeps its structures, cuts, zeroes or repeats a stretch. */
function damaged(base: Uint8Array, random: Random): Uint8Array {
  const bytes = base.slice();
  const start = random.integer(bytes.length);
  const length = 1 + random.integer(64);
  switch (random.integer(5)) {
    case 0:
      return bytes.slice(0, start);
    case 1:
      return bytes.fill(0, start, start + length);
    case 2:
      return bytes.copyWithin(start, random.integer(bytes.length), random.integer(bytes.length));
    case 3:
      return bytes.fill(0xff, start, start + length);
    default:
      for (let flips = 1 + random.integer(30); flips > 0; flips--) {
        const region = random.integer(2) === 0 ? Math.min(4096, bytes.length) : bytes.length;
        bytes[random.integer(region)] = random.integer(256);
      }
      return bytes;
  }
}
