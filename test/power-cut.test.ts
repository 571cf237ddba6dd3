// Power cuts at every moment of what writes files, with every loss and reordering that POSIX permits of what was not flushed:
// nothing that was told to be finished is lost, nothing half-written is believed.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { open, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { digestOfTree } from "../bench/kills/data.js";
import { inspectRun } from "../bench/kills/run-folder-state.js";
import { phantoms } from "../bench/kills/train.js";
import { writeFileAtomically } from "../src/core/atomic-file.js";
import { lockFileName, lockFolder } from "../src/core/folder-lock.js";
import { bootId } from "../src/core/process-space.js";
import { runPaths } from "../src/core/run-folder.js";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import { synthesise } from "../src/dataset/synthesise.js";
import { cachedWeights, fetchPretrained } from "../src/interchange/weight-download/pretrained-cache.js";
import { initialWeights } from "../src/model/initial-weights.js";
import type { ModelGraph } from "../src/model/model-graph.js";
import { findModel } from "../src/model/zoo/registry.js";
import type { ZooEntry } from "../src/model/zoo/zoo-entry.js";
import { openRun } from "../src/run/run.js";
import { isFinished } from "../src/run/saved-run.js";
import { ledgerOfCache, readLedger } from "../src/run/test-ledger/ledger-file.js";
import { recordReading } from "../src/run/test-ledger/record-reading.js";
import { testSetOf } from "../src/run/test-ledger/test-set.js";
import { resumeRun, train } from "../src/run/train.js";
import { Adam } from "../src/training/adam.js";
import { readLatestCheckpoint, writeCheckpoint } from "../src/training/checkpoint.js";
import { Network } from "../src/training/network.js";
import { startTraining } from "../src/training/trainer.js";
import { type DiskState, diskStates, restoreDisk, type StateOptions } from "./support/power-cut.js";
import { type Recording, recordFiles } from "./support/recorded-files.js";
import { sampleContract } from "./support/sample-contract.js";

const place = mkdtempSync(join(tmpdir(), "pneumoscope-power-"));
after(() => rmSync(place, { recursive: true }));

/** So many moments of a long recording; PNEUMOSCOPE_POWER_CUTS=all takes every one, which for a training is an hour. */
const moments = (prefixes: number) => (process.env.PNEUMOSCOPE_POWER_CUTS === "all" ? {} : { prefixes });

let folders = 0;
function newFolder(): string {
  const folder = join(place, `folder-${folders++}`);
  mkdirSync(folder);
  return folder;
}

/** Puts every state on a disk and looks at it; says in an error which state it was. @returns how many there were */
async function eachState(
  recording: Recording,
  options: StateOptions,
  look: (folder: string, state: DiskState) => Promise<void>,
): Promise<number> {
  const folder = newFolder();
  let count = 0;
  for (const state of diskStates(recording, options)) {
    count++;
    restoreDisk(folder, state);
    await look(folder, state).catch((thrown: unknown) => {
      const last = recording.operations.slice(0, state.prefix).at(-1);
      const { bytes, ...shown } = { bytes: undefined, ...last };
      throw new Error(
        `after ${state.prefix} operations, the last ${JSON.stringify(shown)}; ${state.title}: ${thrown}`,
        {
          cause: thrown,
        },
      );
    });
  }
  return count;
}

test("a file is its old or its new self, and its new one once it was told", async (context) => {
  const root = newFolder();
  const versions = ["first ", "second ", "third "].map((word) => word.repeat(100));
  const recording = await recordFiles(root, async (tell) => {
    for (const version of versions) {
      await writeFileAtomically(join(root, "made", "for", "it.txt"), version);
      tell(version);
    }
  });
  const states = await eachState(recording, { drawn: 200 }, async (folder, { told }) => {
    const path = join(folder, "made", "for", "it.txt");
    const found = existsSync(path) ? versions.indexOf(readFileSync(path, "utf8")) : -1;
    if (existsSync(path)) assert.notEqual(found, -1, "half a file");
    assert.ok(found >= told.length - 1, `version ${told.length} was told, ${found + 1} is there`);
  });
  assert.ok(states > 20);
  context.diagnostic(`${states} states`);
});

test("the harness notices a file that is renamed without a flush, of itself or of its folder", async () => {
  for (const [flushed, says] of [
    ["folder", /half a file/],
    ["file", /was told and is not there/],
  ] as const) {
    const root = newFolder();
    const recording = await recordFiles(root, async (tell) => {
      const file = await open(join(root, "new.tmp"), "wx");
      await file.writeFile("content");
      if (flushed === "file") await file.sync();
      await file.close();
      await rename(join(root, "new.tmp"), join(root, "new"));
      const folder = await open(root, "r");
      if (flushed === "folder") await folder.sync();
      await folder.close();
      tell("done");
    });
    await assert.rejects(
      eachState(recording, { drawn: 10 }, async (folder, { told }) => {
        const path = join(folder, "new");
        if (existsSync(path)) assert.equal(readFileSync(path, "utf8"), "content", "half a file");
        else assert.equal(told.length, 0, "it was told and is not there");
      }),
      says,
    );
  }
});

const tiny: ModelGraph = {
  name: "tiny",
  kind: "Sequential",
  nodes: [
    { className: "InputLayer", config: { shape: [2, 2, 3] }, name: "in", inputs: [], trainable: true },
    { className: "Flatten", config: {}, name: "flat", inputs: ["in"], trainable: true },
    {
      className: "Dense",
      config: { units: 1, activation: "sigmoid", useBias: true },
      name: "score",
      inputs: ["flat"],
      trainable: true,
    },
  ],
  output: "score",
};

test("of a training's checkpoints the last one that was told is there, or a later one", async (context) => {
  const { schemaVersion, productVersion, precision, operation, licence, intendedUse, ...contract } = sampleContract();
  const root = newFolder();
  const files = (folder: string) => ({
    last: join(folder, "w", "last.h5"),
    previous: join(folder, "w", "previous.h5"),
  });
  const network = new Network(tiny, initialWeights(tiny, 1));
  const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
  const epoch = (number: number) => ({ epoch: number, loss: number }) as never;
  const recording = await recordFiles(root, async (tell) => {
    for (const epochs of [1, 2, 3]) {
      const history = Array.from({ length: epochs }, (_, i) => epoch(i + 1));
      const state = { ...startTraining(1e-3), history };
      await writeCheckpoint(files(root), { network, optimizer, average: null }, state, contract);
      tell(`epoch ${epochs}`);
    }
  });
  network.dispose();
  optimizer.dispose();
  const states = await eachState(recording, { drawn: 40 }, async (folder, { told }) => {
    const { last, previous } = files(folder);
    if (!existsSync(last) && !existsSync(previous)) return assert.equal(told.length, 0);
    const { checkpoint, damaged } = await readLatestCheckpoint({ last, previous });
    assert.equal(damaged, null, "a power cut damages nothing that has its name");
    assert.ok(checkpoint.state.history.length >= told.length, `${told.length} told`);
  });
  assert.ok(states > 20);
  context.diagnostic(`${states} states`);
});

test("a folder that appears whole or not at all", async (context) => {
  const root = newFolder();
  const counts = {
    train: { normal: 1, pneumonia: 1 },
    val: { normal: 0, pneumonia: 0 },
    test: { normal: 1, pneumonia: 0 },
  };
  const recording = await recordFiles(root, async (tell) => {
    await synthesise(join(root, "set"), { counts, size: 64 });
    tell("made");
  });
  const expected = await digestOfTree(join(root, "set"));
  const states = await eachState(recording, { drawn: 30 }, async (folder, { told }) => {
    const set = join(folder, "set");
    if (existsSync(set)) assert.equal(await digestOfTree(set), expected);
    else assert.equal(told.length, 0, "it was told and is not there");
  });
  context.diagnostic(`${states} states`);
});

test("decoded images come from the cache as they were decoded, or are decoded anew", async (context) => {
  const data = join(newFolder(), "set");
  await synthesise(data, phantoms);
  const { samples } = await openDataset(data);
  const some = samples.slice(0, 6);
  const cached = (cacheFolder: string | null, count: number) =>
    loadImages(some.slice(0, count), { size: 16, cacheFolder, concurrency: 1, now: () => Date.now() + 10_000 });
  const expected = (await cached(null, 6)).pixels;
  const root = newFolder();
  const recording = await recordFiles(root, async (tell) => {
    await cached(root, 3);
    tell("three");
    await cached(root, 6);
    tell("six");
  });
  const states = await eachState(recording, { drawn: 20 }, async (folder) => {
    assert.deepEqual((await cached(folder, 6)).pixels, expected);
  });
  assert.ok(states > 30);
  context.diagnostic(`${states} states`);
});

const content = Buffer.concat([
  Buffer.from("\x89HDF\r\n\x1a\n", "latin1"),
  Buffer.from(Array.from({ length: 9_992 }, (_, i) => 1 + ((i * 7919) % 251))),
]);

/** In pieces of 1,000 bytes; the first answer of one that breaks off does so after five. */
function serverThat(breaksOff: boolean) {
  let answers = breaksOff ? 0 : 1;
  return async (_url: string, init: RequestInit): Promise<Response> => {
    const range = /bytes=(\d+)-/.exec(String((init.headers as Record<string, string>).range ?? ""));
    const from = Number(range?.[1] ?? 0);
    if (from >= content.length) {
      return new Response(null, { status: 416, headers: { "content-range": `bytes */${content.length}` } });
    }
    const end = ++answers === 1 ? 5_000 : content.length;
    let at = from;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (at < end) {
          controller.enqueue(content.subarray(at, at + 1_000));
          at += 1_000;
        } else if (end < content.length) controller.error(new Error("broken off"));
        else controller.close();
      },
    });
    const headers = {
      etag: '"one"',
      "content-length": String(content.length - from),
      ...(from > 0 ? { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    };
    return new Response(body, { status: from > 0 ? 206 : 200, headers });
  };
}

for (const published of ["an MD5", "no checksum"] as const) {
  test(`weights with ${published} from their publisher arrive as they are, whenever the power goes`, async (context) => {
    const checksum = { algorithm: "md5", hex: createHash("md5").update(content).digest("hex") } as const;
    const url = "https://weights.example/weights.h5";
    const pretrained = { title: "test", url, licence: "none", checksum: published === "an MD5" ? checksum : null };
    const entry: ZooEntry = { ...findModel("mobilenet"), pretrained };
    const sha256 = createHash("sha256").update(content).digest("hex");
    const root = newFolder();
    const limits = { flushEveryBytes: 2_000 };
    const recording = await recordFiles(root, async (tell) => {
      await fetchPretrained({ entry, cacheFolder: root, fetch: serverThat(true), limits });
      tell("fetched");
    });
    const states = await eachState(recording, { drawn: 3, ...moments(25) }, async (folder, { told }) => {
      restart(folder);
      const found = await cachedWeights(entry, folder);
      if (told.length > 0) assert.equal(found.state, "ready");
      if (found.state === "ready") assert.equal(found.sha256, sha256, "believed");
      const fetched = await fetchPretrained({ entry, cacheFolder: folder, fetch: serverThat(false), limits });
      assert.equal(fetched.sha256, sha256);
    });
    assert.ok(states > 30);
    context.diagnostic(`${states} states`);
  });
}

test("a lock does not outlive the power", async (context) => {
  const root = newFolder();
  const recording = await recordFiles(root, async (tell) => {
    const lock = await lockFolder(root);
    tell("held");
    await lock.release();
  });
  const states = await eachState(recording, { drawn: 30 }, async (folder) => {
    restart(folder);
    await (await lockFolder(folder)).release();
    assert.deepEqual(
      readdirSync(folder).filter((name) => name === lockFileName),
      [],
    );
  });
  context.diagnostic(`${states} states`);
});

test("a ledger holds every reading that was told, and goes on behind a line that was cut short", async (context) => {
  const root = newFolder();
  const read = (folder: string, id: string) =>
    recordReading(
      {
        by: "evaluate",
        test: testSetOf({ sha256: ["a", "b"] }),
        model: { title: "m", id },
        settings: {},
        threshold: null,
      },
      { cacheFolder: folder, runFolder: null },
    );
  const recording = await recordFiles(root, async (tell) => {
    for (const model of ["one", "two", "three"]) {
      const { number, problem } = await read(root, model);
      assert.equal(problem, null);
      tell(`reading ${number}`);
    }
  });
  const states = await eachState(recording, { drawn: 1, ...moments(10) }, async (folder, { told }) => {
    restart(folder);
    const { entries } = await readLedger(ledgerOfCache(folder));
    assert.ok(entries.length >= told.length, `${entries.length} of ${told.length}`);
    const { number, problem } = await read(folder, "after");
    assert.deepEqual([number, problem], [entries.length + 1, null]);
  });
  context.diagnostic(`${states} states`);
});

test("a run folder holds every epoch that was told, and nothing half-written", async (context) => {
  const root = newFolder();
  const data = join(newFolder(), "set");
  await synthesise(data, phantoms);
  const cacheFolder = join(newFolder(), "cache");
  const settings = { data, imageSize: 32, threads: 1, batch: 8, epochs: 2, precision: "float32" } as const;
  const recording = await recordFiles(root, async (tell) => {
    await train(settings, {
      folder: join(root, "run"),
      cacheFolder,
      onEvent: (event) => event.type === "epoch end" && tell(`Epoch ${event.row.epoch}/2: loss 0`),
    });
    tell("Report: there");
  });
  const reference = readFileSync(runPaths(join(root, "run")).predictions, "utf8");
  let left = 1; // a training to its end takes seconds
  const states = await eachState(recording, { drawn: 1, ...moments(6) }, async (folder, { told, prefix }) => {
    restart(folder);
    const run = join(folder, "run");
    assert.deepEqual(await inspectRun(run, told.join("\n")), []);
    if (isFinished(run)) await openRun(run);
    const isBegun = existsSync(runPaths(run).args);
    if (!isBegun || isFinished(run) || left === 0 || prefix < recording.operations.length / 4) return;
    left--;
    await resumeRun(run, { cacheFolder });
    assert.equal(readFileSync(runPaths(run).predictions, "utf8"), reference);
  });
  assert.equal(left, 0, "one of them was trained to the end");
  context.diagnostic(`${states} states`);
});

/** The machine started again, some minutes later: what names the time before the power cut names another boot. */
function restart(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true }).map(String)) {
    const isLock = name.split("/").at(-1)?.startsWith(lockFileName) === true;
    if (!isLock && !name.endsWith(".part.json")) continue;
    const path = join(folder, name);
    writeFileSync(path, readFileSync(path, "latin1").replaceAll(currentBoot(), "the boot before"), "latin1");
    utimesSync(path, 1, 1);
  }
}

function currentBoot(): string {
  try {
    return bootId();
  } catch {
    return "a system that does not say";
  }
}
