// `predict --shard` and `--out`: parts that are together the whole, byte for byte, and files that go on where they were.
import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { writeBrightnessModel, writeFlatImage } from "../../../test/support/brightness-model.js";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { hasCode } from "../../../test/support/has-code.js";
import { lockFolder } from "../../core/folder-lock.js";
import { csvFormat, type FoundImages, findImages, openClassifier, predictToFile, shardOf } from "../../inference.js";
import { rowFormat } from "../inference/result-rows.js";
import { runCommandLine } from "../main.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-shards-"));
const images = 23;
const at = (...parts: string[]) => join(cwd, ...parts);
const read = (...parts: string[]) => readFileSync(at(...parts), "utf8");

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function predict(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await runCommandLine(["predict", "--model", "model.h5", ...args], terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

before(async () => {
  await writeBrightnessModel(at("model.h5"), { threshold: 0.5 });
  await writeBrightnessModel(at("other.h5"), { threshold: 0.5, bias: -2 });
  for (let i = 0; i < images - 2; i++) {
    await writeFlatImage(at("scans", i % 2 === 0 ? "even" : "odd", `${i}.png`), (i * 255) / images);
  }
  writeFileSync(at("scans", "broken.png"), "no image");
  writeFileSync(at("scans", "odd", "line\nbreak, and comma.png"), "no image");
  const listed = readdirSync(at("scans", "even")).reverse();
  mkdirSync(at("lists"));
  writeFileSync(
    at("lists", "some.csv"),
    ["label,path", ...listed.map((name) => `,../scans/even/${name}`), ',"../scans/gone.png"'].join("\n"),
  );
});

after(() => rmSync(cwd, { recursive: true }));

test("shards put one after the other are the whole, however many there are and however they are written", async () => {
  await using model = await openClassifier("model.h5", { heatMaps: false, cwd });
  for (const [form, paths, batchSize, numbers] of [
    ["csv", ["scans"], 4, [1, 2, 9]],
    ["json", ["scans/odd", "scans", "scans/even/*"], 3, [3, 8]],
    ["plain", ["lists/some.csv"], 1, [4]],
  ] as const) {
    const { head, row } = rowFormat(form);
    const all = await findImages(paths, { cwd });
    const textOf = async (some: FoundImages) => {
      const rows = await allOf(model.predict(some, { batchSize }));
      assert.equal(rows.length, some.count);
      return (some.range?.from ?? 0) === 0 ? head + rows.map(row).join("") : rows.map(row).join("");
    };
    const whole = await textOf(all);
    assert.match(whole, /broken\.png|gone\.png/);
    for (const of of numbers) {
      const shards = Array.from({ length: of }, (_, i) => shardOf(all, { number: i + 1, of }, { batchSize }));
      const counts = shards.map(({ count }) => count);
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 2 * batchSize - 1, `${counts}`);
      assert.equal((await Promise.all(shards.map(textOf))).join(""), whole);
    }
  }
});

test("through the command line: only the first has a header, and one without images is no failure", async () => {
  const [whole, first, second, none] = await Promise.all(
    [[], ["--shard", "1/2"], ["--shard", "2/2"], ["--shard", "9/9", "--batch", "23"]].map((shard) =>
      predict("scans", "--csv", ...shard),
    ),
  );
  assert.equal(`${first?.out}${second?.out}`, whole?.out);
  assert.match(second?.err ?? "", /^Shard 2 of 2: images 13 to 23 of 23, list [0-9a-f]{12}$/m);
  assert.deepEqual([none?.code, none?.out], [0, ""]);
  assert.match(none?.err ?? "", /^Shard 9 of 9: images none of 23/);
});

test("--out holds what would have been printed, once it is whole; the same command again scores nothing", async () => {
  const { code, out, err } = await predict("scans", "--json", "--out", "scores.jsonl");
  assert.equal(code, 0, err);
  assert.equal(out, "");
  assert.equal(read("scores.jsonl"), (await predict("scans", "--json")).out);
  assert.deepEqual(readdirSync(at("scores.jsonl.state")), ["state.json"]);
  const { mtimeMs } = statSync(at("scores.jsonl"));
  const again = await predict("scans", "--json", "--out", "scores.jsonl");
  assert.equal(again.code, 0, again.err);
  assert.match(again.err, /^23 images scored before\n21 images scored, \d+ called pneumonia .*, 2 skipped$/m);
  assert.equal(statSync(at("scores.jsonl")).mtimeMs, mtimeMs);
});

test("stopped, or killed in the middle of a row, it goes on between batches and ends with the same bytes", async () => {
  await using model = await openClassifier("model.h5", { heatMaps: false, cwd });
  const shard = shardOf(await findImages(["scans"], { cwd }), { number: 2, of: 2 }, { batchSize: 2 });
  const whole = (await allOf(model.predict(shard, { batchSize: 2 }))).map(csvFormat.row).join("");
  const options = { file: "part.csv", batchSize: 2, cwd };
  const stop = new AbortController();
  const onProgress = (done: number) => done === 5 && stop.abort();
  await assert.rejects(
    predictToFile(model, shard, { ...options, signal: stop.signal, onProgress }),
    hasCode("ABORTED", "predict"),
  );
  assert.ok(!existsSync(at("part.csv")));
  const kept = JSON.parse(read("part.csv.state", "state.json"));
  assert.equal(kept.done, 4);
  assert.equal(read("part.csv.state", "rows"), whole.split("\n").slice(0, 4).join("\n").concat("\n"));

  appendFileSync(at("part.csv.state", "rows"), "scans/odd/9.p");
  const done: number[] = [];
  const finished = await predictToFile(model, shard, { ...options, onProgress: (n) => done.push(n) });
  assert.equal(finished.before, 4);
  assert.equal(done[0], 5);
  assert.equal(finished.scored + finished.skipped, shard.count);
  assert.equal(read("part.csv"), whole);
});

test("another model, threshold, list or shard is refused, and so is a file that is not its own", async () => {
  await using model = await openClassifier("model.h5", { heatMaps: false, cwd });
  await using other = await openClassifier("other.h5", { heatMaps: false, cwd });
  const all = await findImages(["scans"], { cwd });
  const first = shardOf(all, { number: 1, of: 2 });
  const ask = { file: "own.csv", cwd };
  await predictToFile(model, first, ask);
  for (const [work, difference] of [
    [() => predictToFile(other, first, ask), /model "[0-9a-f]{12}" then, "[0-9a-f]{12}" now/],
    [() => predictToFile(model, first, { ...ask, threshold: 0.4 }), /threshold 0\.5 then, 0\.4 now/],
    [() => predictToFile(model, first, { ...ask, format: rowFormat("json") }), /format "csv" then, "json" now/],
    [() => predictToFile(model, shardOf(all, { number: 2, of: 2 }), ask), /from 0 then, 12 now; to 12 then, 23 now/],
    [async () => predictToFile(model, await findImages(["lists/some.csv"], { cwd }), ask), /images "/],
  ] as const) {
    await assert.rejects(
      work(),
      (thrown) => hasCode("RUN_SETTINGS_CHANGED", "own.csv")(thrown) && difference.test(`${thrown}`),
    );
  }
  appendFileSync(at("own.csv"), "my own remark\n");
  await assert.rejects(predictToFile(model, first, ask), hasCode("RUN_FOLDER_TAKEN", "own.csv"));
  assert.match(read("own.csv"), /my own remark/);
  writeFileSync(at("mine.csv"), "mine");
  await assert.rejects(predictToFile(model, all, { file: "mine.csv", cwd }), hasCode("RUN_FOLDER_TAKEN", "mine.csv"));
  assert.deepEqual([read("mine.csv"), existsSync(at("mine.csv.state"))], ["mine", false]);
});

test("of two processes that write one file one is refused", async () => {
  mkdirSync(at("held.csv.state"));
  const lock = await lockFolder(at("held.csv.state"));
  const { code, err } = await predict("scans", "--out", "held.csv");
  await lock.release();
  assert.equal(code, 1);
  assert.match(err, /RUN_FOLDER_LOCKED: .*held\.csv\.state: only one process may write/);
});

test("what is no shard, and lists that name no images", async () => {
  for (const text of ["0/2", "3/2", "2", "1/0", "-1/2", "1/2/3"]) {
    const { code, err } = await predict("scans", `--shard=${text}`);
    assert.equal(code, 2);
    assert.match(err, /Should be a number from 1, "\/" and how many shards there are, such as 2\/8\. Received "/);
  }
  const all = await findImages(["scans"], { cwd });
  assert.throws(() => shardOf(all, { number: 3, of: 2 }), hasCode("OPTION_INVALID", "shard.number"));
  assert.throws(
    () => shardOf(shardOf(all, { number: 1, of: 2 }), { number: 1, of: 2 }),
    hasCode("OPTION_INVALID", "divided at once"),
  );
  for (const [text, code, word] of [
    ["file\na.png\n", "MANIFEST_INVALID", "line 1: a list of images has a column path"],
    ["path\na.png\n \n\n", null, ""],
    ["path,x\na.png,1\n,2\n", "MANIFEST_INVALID", "line 3: should name an image"],
    ["path\n", "NO_IMAGES_FOUND", "a list without any"],
  ] as const) {
    writeFileSync(at("list.csv"), text);
    const found = findImages(["list.csv"], { cwd });
    if (code === null) assert.equal((await found).count, 1);
    else await assert.rejects(found, hasCode(code, word));
  }
});
