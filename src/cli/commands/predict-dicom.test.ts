// DICOM through the command line: a folder as an archive exports it, every output form, no data of the patient in any.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "csv-parse/sync";
import { writeBrightnessModel } from "../../../test/support/brightness-model.js";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { dicomFile, gradient, pictureElements } from "../../../test/support/dicom-writer.js";
import { golden } from "../../../test/support/paths.js";
import { encodePng } from "../../images/encode.js";
import { readRadiograph } from "../../images/read-radiograph.js";
import { runCommandLine } from "../main.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-predict-dicom-"));

async function predict(isTerminal: boolean, ...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  if (isTerminal) Object.assign(terminal.out, { isTTY: true });
  const code = await runCommandLine(["predict", ...args, "--model", "own.h5"], terminal);
  const [out, err] = [terminal.outText(), terminal.errText()];
  assert.doesNotMatch(out + err, /SECRET|064Y/);
  return { code, out, err };
}

before(async () => {
  await writeBrightnessModel(join(cwd, "own.h5"), { threshold: 0.7 });
  mkdirSync(join(cwd, "disc", "DICOM"), { recursive: true });
  const inside = (name: string) => join(cwd, "disc", "DICOM", name);
  copyFileSync(golden("dicom", "jpeg-lossless-70.dcm"), inside("IM0001"));
  copyFileSync(golden("dicom", "htj2k.dcm"), inside("IM0002.dcm"));
  const lateral = pictureElements(40, 30, [
    [0x00185101, "CS", "LL"],
    [0x00101010, "AS", "064Y"],
  ]);
  writeFileSync(inside("IM0003.dcm"), dicomFile({ elements: [...lateral, [0x7fe00010, "OW", gradient(40, 30)]] }));
  writeFileSync(inside("IM0004.dcm"), dicomFile({ elements: pictureElements(40, 30) }));
  copyFileSync(golden("dicom", "rle.dcm"), join(cwd, "disc", "DICOMDIR"));
  writeFileSync(join(cwd, "disc", "LIESMICH"), "kein Bild");
});
after(() => rmSync(cwd, { recursive: true }));

test("--json: scores, warnings, and one error", async () => {
  const { code, out, err } = await predict(false, "disc", "--json");
  assert.equal(code, 0, err);
  const rows = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    rows.map(({ path, warnings, error }) => [path, warnings?.map(({ code }: { code: string }) => code), error?.code]),
    [
      ["disc/DICOM/IM0001", [], undefined],
      ["disc/DICOM/IM0002.dcm", [], undefined],
      ["disc/DICOM/IM0003.dcm", ["VIEW_LATERAL", "AGE_OUTSIDE"], undefined],
      ["disc/DICOM/IM0004.dcm", undefined, "DICOM_NO_IMAGE"],
    ],
  );
  assert.match(err, /3 images scored, .*1 skipped/);
});

test("--csv, the table and plain rows name the warnings", async () => {
  const rows: Record<string, string>[] = parse((await predict(false, "disc", "--csv")).out, { columns: true });
  assert.deepEqual(
    rows.map(({ warnings, error }) => [warnings, error]),
    [
      ["", ""],
      ["", ""],
      ["VIEW_LATERAL AGE_OUTSIDE", ""],
      ["", "DICOM_NO_IMAGE"],
    ],
  );
  const table = (await predict(true, "disc")).out;
  assert.match(
    table,
    /IM0003\.dcm\n(?: +! The image .*\n)+ +! The file says that it is a lateral view; .*\n +! The patient's age is outside 1 to 5 years/,
  );
  assert.match((await predict(false, "disc")).out, /IM0003\.dcm\t[A-Z_ ]+ VIEW_LATERAL AGE_OUTSIDE\n/);
});

test("a DICOM file scores as the PNG of its picture does", async () => {
  const { image } = await readRadiograph(join(cwd, "disc", "DICOM", "IM0001"));
  writeFileSync(join(cwd, "same.png"), await encodePng(image));
  const { out } = await predict(false, "disc/DICOM/IM0001", "same.png", "--json");
  const [first, second] = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).score);
  assert.equal(first, second);
});
