// A ledger of test readings: what is counted, what shows when it was tampered with, and how it bears several writers, a kill and a full disk.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { readingSentences } from "../../report/reading-words.js";
import { sha256Of } from "./chain.js";
import { departuresFrom, readProtocol, requireItsTest, sealedProtocol, writeProtocol } from "./frozen-protocol.js";
import { ledgerOfCache, ledgerOfRun, type ReadingEntry, readLedger } from "./ledger-file.js";
import { type Reading, recordProtocol, recordReading } from "./record-reading.js";
import { shareImages, testSetOf } from "./test-set.js";

const images = (from: number, to: number) => ({
  sha256: Array.from({ length: to - from }, (_, i) => sha256Of(`image ${from + i}`)),
});
const official = testSetOf(images(0, 600));
const ofModel = (id: string, test = official, by: Reading["by"] = "evaluate"): Reading => ({
  by,
  test,
  model: { title: "Custom CNN", id },
  settings: { model: "custom", seed: 1, threshold: "youden" },
  threshold: { value: 0.5, origin: "youden, chosen on validation" },
});

let place: string;
let cacheFolder: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "ledger-"));
  cacheFolder = join(place, "cache");
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const read = (reading: Reading, runFolder: string | null = null) => recordReading(reading, { cacheFolder, runFolder });

test("readings of one test set are counted, whatever its images are called and in which order they come", async () => {
  assert.equal((await read(ofModel("a"))).number, 1);
  assert.equal((await read(ofModel("b", testSetOf({ sha256: [...images(0, 600).sha256].reverse() })))).number, 2);
  const other = await read(ofModel("b", testSetOf(images(1000, 1100))));
  assert.deepEqual([other.number, other.models, other.overlapping], [1, 1, 0]);
  const third = await read(ofModel("a"));
  assert.deepEqual([third.number, third.models, third.broken, third.problem], [3, 2, null, null]);
});

test("a test set with one image less is told to have been read in part", async () => {
  await read(ofModel("a"));
  const { number, overlapping } = await read(ofModel("a", testSetOf(images(1, 600))));
  assert.deepEqual([number, overlapping], [1, 1]);
  assert.equal(shareImages(official, testSetOf(images(600, 1200))), false);
});

describe("a run", () => {
  test("that is interrupted and resumed counts once, and an evaluation of its model is another reading by it", async () => {
    const run = join(place, "run");
    const trained: Reading = { ...ofModel("x", official, "train"), model: { title: "Custom CNN" } };
    const first = await read(trained, run);
    const again = await read(trained, run);
    assert.deepEqual([first.number, again.number], [1, 1]);
    const evaluated = await read({ ...trained, by: "evaluate" }, run);
    assert.deepEqual([evaluated.number, evaluated.models], [2, 1]);
    assert.equal((await readLedger(ledgerOfRun(run))).entries.length, 2);
  });

  test("that was killed between its own ledger and the other is added to the other when it is resumed, once", async () => {
    const run = join(place, "run");
    const trained = ofModel("x", official, "train");
    await read(trained, run);
    rmSync(ledgerOfCache(cacheFolder));
    await read(ofModel("other"));
    const { number, missing } = await read(trained, run);
    assert.deepEqual([number, missing], [2, 0]);
    assert.equal((await readLedger(ledgerOfCache(cacheFolder))).entries.length, 2);
  });

  test("whose readings were removed beside the cache says how many are missing, and counts them", async () => {
    const run = join(place, "run");
    await read(ofModel("x", official, "train"), run);
    await read(ofModel("x"), run);
    rmSync(ledgerOfCache(cacheFolder));
    const { number, missing } = await read(ofModel("x"), run);
    assert.deepEqual([number, missing], [3, 2]);
  });
});

describe("a line that is", () => {
  const lines = () => readFileSync(ledgerOfCache(cacheFolder), "utf8").trimEnd().split("\n");
  const replaced = async (change: (all: string[]) => readonly string[]) => {
    for (const model of ["a", "b", "c"]) await read(ofModel(model));
    writeFileSync(ledgerOfCache(cacheFolder), `${change(lines()).join("\n")}\n`);
    return readLedger(ledgerOfCache(cacheFolder));
  };
  test("changed", async () => {
    const { broken, entries } = await replaced((all) => all.map((line) => line.replace("youden", "f1")));
    assert.deepEqual(broken, { line: 1, reason: "it was changed after it was written" });
    assert.equal(entries.length, 3);
  });
  test("changed and sealed anew", async () => {
    const { broken } = await replaced(([first = "", ...rest]) => {
      const text = `${first.replace("youden", "f1").slice(0, first.lastIndexOf(',"hash"') - 4)}}`;
      return [`${text.slice(0, -1)},"hash":"${sha256Of(text)}"}`, ...rest];
    });
    assert.equal(broken?.line, 2);
  });
  test("removed", async () => assert.equal((await replaced((all) => all.toSpliced(1, 1))).broken?.line, 2));
  test("moved", async () => {
    const { broken } = await replaced(([a = "", b = "", c = ""]) => [b, a, c]);
    assert.equal(broken?.line, 1);
  });
  test("cut short by a power cut: later readings are added behind it and still counted", async () => {
    for (const model of ["a", "b"]) await read(ofModel(model));
    appendFileSync(ledgerOfCache(cacheFolder), lines()[1]?.slice(0, 200) ?? "");
    const reading = await read(ofModel("c"));
    assert.deepEqual([reading.number, reading.broken], [3, { line: 3, reason: "it is not a whole entry" }]);
    assert.match(readingSentences(reading).join(" "), /broken at line 3/);
    assert.equal(lines().length, 4);
  });
  test("no text at all", async () => {
    mkdirSync(join(cacheFolder, "test-ledger"), { recursive: true });
    writeFileSync(ledgerOfCache(cacheFolder), Buffer.from([0, 255, 10, 123]));
    assert.deepEqual((await readLedger(ledgerOfCache(cacheFolder))).broken?.line, 1);
    assert.equal((await read(ofModel("a"))).number, 1);
  });
});

test("a ledger that cannot be written stops nothing: the reading says so", async () => {
  writeFileSync(cacheFolder, "no folder");
  const { number, problem } = await read(ofModel("a"));
  assert.equal(number, 1);
  assert.ok(problem !== null && !problem.includes(place), `${problem}`);
});

test("several processes append at once and none is lost", async () => {
  const script = `
    const { recordReading } = await import(process.argv[1]);
    const [test, cacheFolder, model] = process.argv.slice(2);
    for (let i = 0; i < 4; i++)
      await recordReading({ ...JSON.parse(test), model: { title: "m", id: model } }, { cacheFolder, runFolder: null });`;
  const module = pathToFileURL(join(import.meta.dirname, "record-reading.js")).href;
  const children = ["a", "b", "c"].map((model) =>
    spawn(process.execPath, [
      "--input-type=module",
      "-e",
      script,
      module,
      JSON.stringify(ofModel(model)),
      cacheFolder,
      model,
    ]),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
  assert.deepEqual(codes, [0, 0, 0]);
  const { entries, broken } = await readLedger(ledgerOfCache(cacheFolder));
  assert.deepEqual([entries.length, broken], [12, null]);
});

test("entries hold no path and no name of an image", async () => {
  const run = join(place, "run");
  await read(ofModel("x", official, "train"), run);
  const text = readFileSync(ledgerOfCache(cacheFolder), "utf8");
  assert.ok(!text.includes(place) && !text.includes("jpeg"));
});

describe("a frozen protocol", () => {
  const protocol = sealedProtocol({
    productVersion: "0.3.0",
    frozenAt: "2026-11-23T10:00:00.000Z",
    test: official,
    trainings: [1, 2].map((seed) => ({ model: "custom", seed, threshold: "youden" })),
    metrics: ["auc"],
  });

  test("is followed before the first reading, or after some, or departed from: the order in the ledger tells", async () => {
    assert.equal((await read(ofModel("early"))).protocol.state, "none");
    await recordProtocol(protocol, cacheFolder);
    const followed = (await read(ofModel("a"))).protocol;
    assert.ok(followed.state === "followed");
    assert.equal(followed.readingsBefore, 1);
    const seven = { ...ofModel("b"), settings: { model: "custom", seed: 7, threshold: "0.3" } };
    const departed = (await read(seven)).protocol;
    assert.ok(departed.state === "departed");
    assert.deepEqual(departed.departures, ["seed", "threshold"]);
  });

  test("counts from when it was frozen, not from when it was named again", async () => {
    await recordProtocol(protocol, cacheFolder);
    await read(ofModel("a"));
    await recordProtocol(protocol, cacheFolder);
    const { protocol: standing } = await read(ofModel("b"));
    assert.ok(standing.state === "followed");
    assert.equal(standing.readingsBefore, 0);
    const readings = (await readLedger(ledgerOfCache(cacheFolder))).entries.filter(
      (entry): entry is ReadingEntry => entry.kind === "reading",
    );
    assert.equal(readings.length, 2);
  });

  test("is refused where its file was changed, and for other images", async () => {
    const file = join(place, "protocol.json");
    await writeProtocol(file, protocol);
    assert.deepEqual(await readProtocol(file), protocol);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll("youden", "0.31"));
    await assert.rejects(readProtocol(file), { code: "PROTOCOL_INVALID" });
    await writeProtocol(file, sealedProtocol({ ...protocol, trainings: [] }));
    await assert.rejects(readProtocol(file), { code: "PROTOCOL_INVALID" });
    assert.throws(() => requireItsTest("data", protocol, testSetOf(images(0, 10))), { code: "PROTOCOL_DEPARTED" });
  });

  test("is compared by what is known: a model's file does not tell its seed", () => {
    assert.deepEqual(departuresFrom(protocol, { model: "custom" }), []);
    assert.deepEqual(departuresFrom(protocol, { model: "mobilenet", seed: 2 }), ["model"]);
  });
});
