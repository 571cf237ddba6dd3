// Nothing leaves the machine: every command runs under a guard that hears every look-up, connection and path written. Two
// kinds of witness, because each is blind where the other sees: libc's functions (files that are gone again, folders that
// nobody thought of) and the trees of the home and temporary folders afterwards (system calls made without libc).
// `demo` is `data synth` and `train` with other numbers and takes minutes, so it is left out.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { runPaths } from "../../src/core/run-folder.js";
import { readCheckpoint } from "../../src/training/checkpoint.js";
import { golden, projectRoot } from "../support/paths.js";
import { documentedPlaces, undocumented } from "./documented-places.js";
import { type Guarded, GuardedPlace, withoutGuard } from "./guard.js";

const program = join(projectRoot, "bin", "pneumoscope.js");
const data = ["--data", "phantoms", "--augmentation", "none"];
const tiny = ["--image-size", "64", "--epochs", "1", "--batch", "8", "--threads", "1", "--precision", "float32"];
/** All frozen but the head, and the same images in every epoch: ONNX Runtime computes the features, a file keeps them. */
const frozen = ["--model", "mobilenet", "--weights", "none", "--alpha", "0.25", "--train-from", "head"];
/** ONNX Runtime's first look-up came 11 s after its first session. */
const watchedMs = 15_000;

let place: GuardedPlace;
before(() => {
  if (withoutGuard === false) place = new GuardedPlace();
});
after(() => place?.close());

const start = (...args: string[]): Guarded => place.node([program, ...args]);

/** @param named what the arguments name for writing, relative to the working folder */
async function keepsQuiet(running: Guarded, command: string, named: readonly string[] = []): Promise<void> {
  const { code, trace } = await running.ended;
  assert.equal(code, 0, running.printed());
  const unexpected = { ...trace, writes: undocumented(trace.writes, command, named, place) };
  assert.deepEqual(unexpected, { lookups: [], connections: [], writes: [] }, command);
}

describe("no command looks up, connects or writes elsewhere", { skip: withoutGuard, concurrency: 2 }, () => {
  let drawing: Guarded;
  let training: Guarded;
  before(async () => {
    const phantoms = ["--train", "16", "--val", "4", "--test", "4", "--size", "64"];
    drawing = start("data", "synth", "phantoms", ...phantoms);
    await drawing.ended;
    training = start("train", "--out", "run", ...data, ...frozen, ...tiny);
    await training.ended;
  });

  // First, because it is watched longest.
  test("serve: a prediction with its heat map, the page, what tells of the model", async () => {
    const serving = start("serve", "--model", "run", "--port", "0");
    const began = Date.now();
    const address = await addressOf(serving);
    const form = new FormData();
    form.append("files", new Blob([readFileSync(golden("opencv", "grey.jpg"))]), "grey.jpg");
    form.append("files", new Blob([readFileSync(golden("dicom", "grey-8.dcm"))]), "grey-8.dcm");
    const reply = await fetch(`${address}/v1/predict?heatmap=png`, { method: "POST", body: form });
    const { results } = (await reply.json()) as { results: readonly { score: number; heatmap: unknown }[] };
    assert.deepEqual(
      results.map(({ score, heatmap }) => [typeof score, heatmap !== null]),
      [
        ["number", true],
        ["number", true],
      ],
    );
    for (const path of ["/", "/model.onnx", "/v1/model", "/metrics", "/openapi.json"]) {
      assert.equal((await fetch(address + path)).status, 200, path);
    }
    await wait(Math.max(0, began + watchedMs - Date.now()));
    serving.child.kill("SIGTERM");
    await keepsQuiet(serving, "serve");
  });

  test("data synth", () => keepsQuiet(drawing, "data synth", ["phantoms"]));

  test("data import", () => {
    const importing = start("data", "import", "phantoms", "--out", "imported.csv");
    return keepsQuiet(importing, "data import", ["imported.csv"]);
  });

  test("train", async () => {
    await keepsQuiet(training, "train", ["run"]);
    const { state } = await readCheckpoint(runPaths(join(place.work, "run")).lastWeights);
    assert.equal(state.prefix?.training, "onnxruntime-float32");
  });

  const images = "phantoms/test";
  const commands: readonly (readonly [args: readonly string[], named?: readonly string[]])[] = [
    [["predict", images, "--model", "run", "--csv"]],
    [["predict", golden("dicom", "grey-8.dcm"), "--model", join("run", "weights", "best.h5")]],
    [
      ["evaluate", "run", "--data", "phantoms", "--out", "evaluation"],
      ["evaluation", "run/test-ledger"],
    ],
    [["protocol", "freeze", "--models", "custom", "--seeds", "1", ...data, ...tiny], ["protocol.json"]],
    [["ledger"]],
    [["checklists", "run"], ["run"]],
    [["explain", images, "--model", "run", "--out", "maps"], ["maps"]],
    [["export", "run", "--format", "onnx", "--out", "model.onnx"], ["model.onnx"]],
    [["export", "run", "--format", "keras", "--out", "model.h5"], ["model.h5"]],
    [["compare", "--seeds", "1", ...data, ...frozen.with(0, "--models"), ...tiny]],
    [["data", "summary", "phantoms"]],
    [["data", "check", "phantoms", "--out", "leaks"], ["leaks"]],
    [["models"]],
    [["weights", "list"]],
    [["doctor"]],
  ];
  for (const [args, named] of commands) {
    const [name = "", part = ""] = args;
    const command = ["data", "weights", "protocol"].includes(name) ? `${name} ${part}` : name;
    test([name, ...args.slice(1).filter((arg) => !arg.startsWith("/"))].join(" "), () =>
      keepsQuiet(start(...args), command, named),
    );
  }
});

test("nothing is left in the home or the temporary folder", { skip: withoutGuard }, () => {
  const left = [place.home, place.temporary].flatMap((folder) => readdirSync(folder));
  assert.deepEqual(left, []);
});

test("the guard hears: the two commands that may ask others ask their publishers alone", {
  skip: withoutGuard,
}, async () => {
  const { code, trace } = await start("weights", "fetch", "mobilenet").ended;
  assert.equal(code, 1);
  assert.deepEqual([trace.lookups, trace.connections], [["storage.googleapis.com"], []]);
  assert.ok(trace.writes.length > 0);
  assert.deepEqual(undocumented(trace.writes, "weights", [], place), []);
  const dataset = await start("data", "download", "kermany").ended;
  assert.deepEqual([dataset.code, dataset.trace.lookups, dataset.trace.connections], [1, ["data.mendeley.com"], []]);
  assert.ok(dataset.trace.writes.length > 0);
  assert.deepEqual(undocumented(dataset.trace.writes, "data download", ["chest_xray"], place), []);
  // Without a key Kaggle is not asked at all.
  const keyless = await start("data", "download", "kermany", "--from", "kaggle").ended;
  assert.deepEqual([keyless.code, keyless.trace], [1, { lookups: [], connections: [], writes: [] }]);
});

test("the guard hears: ONNX Runtime where nobody tells it to be quiet", { skip: withoutGuard }, async () => {
  const runtime = join(projectRoot, "node_modules", "onnxruntime-node", "dist", "index.js");
  const script = `require(${JSON.stringify(runtime)}).InferenceSession.create(new Uint8Array(1)).catch(() => undefined)`;
  const { code, trace } = await place.node(["--eval", script]).ended;
  assert.equal(code, 0);
  const found = undocumented(trace.writes, "predict", [], place);
  assert.ok(
    found.some((path) => path.startsWith(`${place.home}/`) && path.endsWith("onnxruntime.db")),
    found.join("\n"),
  );
});

test("docs/privacy.md is read", () => {
  assert.ok(documentedPlaces.length >= 5, documentedPlaces.join(", "));
});

async function addressOf({ child, printed }: Guarded): Promise<string> {
  for (;;) {
    const [, address] = / at (http:\S+)\n[\s\S]*Stop with/.exec(printed()) ?? [];
    if (address !== undefined) return address;
    assert.equal(child.exitCode, null, printed());
    await wait(20);
  }
}
