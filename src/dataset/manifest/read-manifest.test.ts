// Manifests as people write them: read where their meaning is certain, refused with line and column where it is not.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import type { ManifestRow } from "./manifest-row.js";
import { readManifest } from "./read-manifest.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-manifest-"));
const file = join(folder, "manifest.csv");
after(() => rmSync(folder, { recursive: true }));

async function read(content: string | Uint8Array): Promise<readonly ManifestRow[]> {
  writeFileSync(file, content);
  const rows: ManifestRow[] = [];
  for await (const row of readManifest(file)) rows.push(row);
  return rows;
}

const refuses = (content: string | Uint8Array, part: string) =>
  assert.rejects(read(content), hasCode("MANIFEST_INVALID", part));

test("three columns are enough; an empty patient is nobody known", async () => {
  assert.deepEqual(await read("path,label,patient\na.png,NORMAL,p1\nb/c.dcm,pneumonia,\n"), [
    { path: "a.png", label: 0, patient: "p1", split: null, facts: {} },
    { path: "b/c.dcm", label: 1, patient: null, split: null, facts: {} },
  ]);
});

test("more columns say more, in any order; those of other names are kept", async () => {
  const [row] = await read(
    "sex,path,age_years,split,label,patient,view,acquired,source,study,kind\nfemale,x\\y.png,4.5,Valid,Pneumonia,p,pa,2024-02-29,Ghent,s,viral\n",
  );
  assert.deepEqual(row, {
    path: "x/y.png",
    label: 1,
    patient: "p",
    split: "val",
    facts: {
      study: "s",
      ageYears: 4.5,
      sex: "F",
      view: "PA",
      acquired: "2024-02-29",
      source: "Ghent",
      others: { kind: "viral" },
    },
  });
});

test("spreadsheets' habits: a byte order mark, CRLF, semicolons, tabs, quotes, empty lines, disarmed formulas", async () => {
  const expected = [{ path: "a,b;.png", label: 0, patient: "=1", split: null, facts: {} }];
  for (const separator of [",", ";", "\t"]) {
    const lines = [["path", "label", "patient"], ['"a,b;.png"', "NORMAL", "'=1"], [""]];
    assert.deepEqual(await read(`\ufeff${lines.map((line) => line.join(separator)).join("\r\n")}\r\n`), expected);
  }
});

test("what cannot be understood is refused with line, column and what was found", async () => {
  const rows = (...lines: string[]) => ["path,label,patient,split,age_years,sex,acquired", ...lines].join("\n");
  await refuses("", "line 1: the first line names the columns. Received an empty file");
  await refuses("path,label,patient\n", "line 2: a manifest has a line for each image");
  await refuses("path,label\na.png,NORMAL\n", "Received no patient in");
  await refuses("file,class\na.png,NORMAL\n", "no path and no label and no patient");
  await refuses("path,label,patient,label\na.png,NORMAL,p,NORMAL\n", 'a name of its own. Received "label"');
  await refuses(rows("a.png,NORMAL,p"), "line 2: as many cells as the first line, 7. Received 3 in");
  await refuses(rows("a.png,COVID,p,,,,"), 'line 2, column label: should be NORMAL or PNEUMONIA. Received "COVID"');
  await refuses(rows("a.png,NORMAL,p,,,,", "b.png,,p,,,,"), "line 3, column label: should not be empty");
  await refuses(rows("a.png,NORMAL,p,dev,,,"), "column split: should be train, val, test or nothing");
  await refuses(rows("a.png,NORMAL,p,,old,,"), "column age_years: should be a number of years");
  await refuses(rows("a.png,NORMAL,p,,,X,"), "column sex: should be F, M, O or nothing");
  await refuses(rows("a.png,NORMAL,p,,,,2023-02-29"), "column acquired: should be a date");
  for (const path of ["/etc/passwd", "../x.png", "a/../../x.png", "C:\\x.png", ".", "images/"]) {
    await refuses(rows(`"${path}",NORMAL,p,,,,`), "column path: should be a file's path below the manifest's folder");
  }
  await refuses(
    rows("a.png,NORMAL,p,,,,", "", "./a.png,PNEUMONIA,p,,,,"),
    "line 4, column path: each image stands once; line 2 has it already",
  );
  await refuses(rows('"a.png,NORMAL,p,,,,'), "line 2");
});

test("other encodings are said, never misread", async () => {
  await refuses(Buffer.from("\ufeffpath,label,patient\na.png,NORMAL,p\n", "utf16le"), 'Save it as "CSV UTF-8"');
  await refuses(Buffer.from("path,label,patient\na.png,NORMAL,Müller\n", "latin1"), "should be text in UTF-8");
});

test("a file that is gone or is none", async () => {
  const gone = readManifest(join(folder, "gone.csv")).next();
  await assert.rejects(gone, hasCode("FILE_MISSING", "gone.csv"));
  await assert.rejects(readManifest(folder).next(), hasCode("FILE_UNREADABLE", "it is not a file"));
});

test("a quotation mark that nobody closed does not swallow a large file", async () => {
  const many = "a.png,NORMAL,p\n".repeat(200_000);
  await refuses(`path,label,patient\n"${many}`, "values with commas between them");
});
