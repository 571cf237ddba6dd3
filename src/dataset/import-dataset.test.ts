// From a source to a manifest that opens as the same dataset; a test set by patient where there was none; what is refused.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { hasCode } from "../../test/support/has-code.js";
import { holdOutTest } from "./hold-out-test.js";
import { importDataset } from "./import-dataset.js";
import type { ManifestRow } from "./manifest/manifest-row.js";
import { readManifest } from "./manifest/read-manifest.js";
import { writeManifest } from "./manifest/write-manifest.js";
import { openDataset } from "./open-dataset.js";
import { personKeys } from "./sources/person-keys.js";
import { synthesise } from "./synthesise.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-import-"));
const at = (...parts: string[]) => join(folder, ...parts);
after(() => rmSync(folder, { recursive: true }));
before(async () => {
  const counts = { normal: 6, pneumonia: 9 };
  await synthesise(at("phantoms"), { size: 64, counts: { train: counts, val: counts, test: counts } });
});

async function rowsOf(file: string): Promise<readonly ManifestRow[]> {
  const rows: ManifestRow[] = [];
  for await (const row of readManifest(file)) rows.push(row);
  return rows;
}

test("folders become a manifest that opens as the same samples", async () => {
  const found = await importDataset("phantoms", { out: "phantoms.csv", cwd: folder });
  const tree = await openDataset(at("phantoms"));
  const patients = new Set(tree.samples.map(({ patient }) => patient)).size;
  assert.deepEqual(found, {
    manifest: at("phantoms.csv"),
    source: "folders",
    images: 45,
    normal: 18,
    pneumonia: 27,
    patients,
    leftOut: [{ name: "synthetic.json", reason: found.leftOut[0]?.reason }].slice(0, found.leftOut.length),
    notes: [],
  });
  const listed = await openDataset(at("phantoms.csv"));
  assert.deepEqual(
    listed.samples.map(({ path, split, label, patient }) => [path, split, label, patient]),
    tree.samples.map(({ path, split, label, patient }) => [path, split, label, patient]),
  );
});

test("a manifest goes to disk and comes back, whatever stands in its cells", async () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).map((word) => `x${word}x`);
  const cell = text.filter((word) => !/[\0\r\n\\/\p{Surrogate}]/u.test(word));
  const row = fc.record(
    {
      path: cell.filter((name) => name.trim() === name),
      label: fc.constantFrom(0, 1),
      patient: fc.option(cell),
      split: fc.constantFrom(null, "train", "val", "test"),
      facts: fc.record(
        { study: cell, sex: fc.constantFrom("F", "M", "O"), ageYears: fc.nat(130) },
        { requiredKeys: [], noNullPrototype: true },
      ),
    },
    { noNullPrototype: true },
  ) as fc.Arbitrary<ManifestRow>;
  const rows = fc.uniqueArray(row, { selector: ({ path }) => path.toLowerCase(), minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(rows, async (written) => {
      await writeManifest(at("round.csv"), written);
      assert.deepEqual(await rowsOf(at("round.csv")), written);
    }),
    { numRuns: 50 },
  );
});

test("a test set is drawn by patient, from the seed, near its share", () => {
  const rows = Array.from({ length: 200 }, (_, i): ManifestRow => {
    return { path: `${i}.png`, label: (i % 4 === 0 ? 0 : 1) as 0 | 1, patient: `p${i >> 1}`, split: null, facts: {} };
  });
  const options = { fraction: 0.2, seed: 1, patients: "known" } as const;
  const split = holdOutTest(rows, options);
  const held = split.filter(({ split: part }) => part === "test");
  assert.ok(Math.abs(held.length - 40) <= 4);
  const patients = new Set(held.map(({ patient }) => patient));
  assert.ok(split.every(({ patient, split: part }) => patients.has(patient) === (part === "test")));
  assert.deepEqual(holdOutTest(rows, options), split);
  assert.notDeepEqual(holdOutTest(rows, { ...options, seed: 2 }), split);
  assert.throws(() => holdOutTest(split, options), hasCode("OPTION_INVALID", "that are one"));
  const nobody = rows.map((row) => ({ ...row, patient: null }));
  assert.throws(() => holdOutTest(nobody, options), { code: "DATASET_PATIENTS_UNKNOWN" });
  assert.equal(
    holdOutTest(nobody, { ...options, patients: "unknown" }).filter((row) => row.split === "test").length,
    40,
  );
});

test("an identifier has one key, which tells nothing of it and is its owner's", async () => {
  const keyOf = await personKeys(at("keys"));
  assert.match(keyOf("4711"), /^[0-9a-f]{16}$/);
  assert.equal((await personKeys(at("keys")))("4711 "), keyOf("4711"));
  assert.notEqual((await personKeys(at("others")))("4711"), keyOf("4711"));
  if (process.platform !== "win32") assert.equal(statSync(at("keys", "person-key")).mode & 0o077, 0);
  writeFileSync(at("keys", "person-key"), "lost");
  await assert.rejects(personKeys(at("keys")), hasCode("FILE_UNREADABLE", "Restore it"));
});

test("what cannot be imported is one error each, and writes nothing", async () => {
  const asked = { cwd: folder, out: "new.csv" };
  writeFileSync(at("notes.txt"), "nothing");
  const refused = [
    [() => importDataset("phantoms", { ...asked, out: "phantoms.csv" }), "OPTION_INVALID", "there already"],
    [() => importDataset("phantoms", { ...asked, out: "new.txt" }), "OPTION_INVALID", "ends in .csv"],
    [
      () => importDataset("phantoms", { ...asked, out: "phantoms/train/new.csv" }),
      "OPTION_INVALID",
      "above its images",
    ],
    [() => importDataset("phantoms", { ...asked, test: 0.9 }), "OPTION_INVALID", "at most 0.5"],
    [() => importDataset("phantoms", { ...asked, source: "tape" }), "OPTION_INVALID", "source"],
    [() => importDataset("nowhere", asked), "FILE_MISSING", "nowhere"],
    [() => importDataset("notes.txt", asked), "DATASET_SOURCE_UNKNOWN", "notes.txt"],
    [() => importDataset("phantoms", { ...asked, signal: AbortSignal.abort() }), "ABORTED", "importDataset"],
  ] as const;
  for (const [call, code, part] of refused) await assert.rejects(call, hasCode(code, part));
  assert.throws(() => readFileSync(at("new.csv")));
});
