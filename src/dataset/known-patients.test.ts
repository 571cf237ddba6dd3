// Patients come from names where content says that the names are the publisher's, and from nothing else.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { realData, withoutRealData } from "../../test/support/paths.js";
import { withKnownPatients } from "./known-patients.js";
import type { ManifestRow } from "./manifest/manifest-row.js";
import { openDataset } from "./open-dataset.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-known-"));
after(() => rmSync(folder, { recursive: true }));
const row = (path: string, label: 0 | 1): ManifestRow => ({ path, label, patient: null, split: "train", facts: {} });

test("the published images get their patients, as in folders", { skip: withoutRealData("chest_xray") }, async () => {
  const { root, samples } = await openDataset(realData("chest_xray"));
  const rows = await withKnownPatients(
    samples.map(({ name, label }) => row(name, label)),
    root,
  );
  assert.deepEqual(
    rows.map(({ patient }) => patient),
    samples.map(({ patient }) => patient),
  );
});

test("names alone tell nothing, and what is known stays", async () => {
  const names = ["IM-0214-0001.jpeg", "person88_virus_166.jpeg"];
  for (const name of names) writeFileSync(join(folder, name), "another image");
  const others = names.map((name, i) => row(name, i === 0 ? 0 : 1));
  assert.equal(await withKnownPatients(others, folder), others);
  const known = others.map((each, i) => (i === 0 ? { ...each, patient: "a41" } : each));
  assert.equal(await withKnownPatients(known, folder), known);
});
