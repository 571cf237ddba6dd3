// What a hospital calls its patients stays in the hospital's files: a folder of DICOM files is imported, checked, trained on,
// evaluated, explained, exported and served, and no file that any of it leaves, and no word of it, holds an identifier.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, before, test } from "node:test";
import { runCommandLine } from "../../src/cli/main.js";
import { openClassifier } from "../../src/inference.js";
import { createServer } from "../../src/serve.js";
import { capturedTerminal } from "../support/captured-terminal.js";
import { dicomFile, pictureElements } from "../support/dicom-writer.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-identifiers-"));
after(() => rmSync(cwd, { recursive: true }));

const side = 96;
const people = 24;
const mrn = (person: number) => `MRN7${String(person).padStart(4, "0")}X`;
const surname = (person: number) => `ZWEISTEIN${String.fromCharCode(65 + person)}`;
const accession = (image: number) => `ACX9${String(image).padStart(4, "0")}Q`;
const uid = (image: number) => `1.2.826.0.1.3680043.77${image}`;
/** Parts that all of one kind share: one that is cut or rewritten is found too. */
const identifiers = ["MRN7", "ZWEISTEIN", "ACX9", "1.2.826.0.1.3680043.77"];

function put(image: number): void {
  const person = image % people;
  const bright = person % 2 === 1 ? 2600 : 1400;
  const pixels = Uint16Array.from({ length: side * side }, (_, i) => bright + ((i * (31 + image)) % 900));
  const elements = pictureElements(side, side, [
    [0x00080018, "UI", uid(image)],
    [0x00080020, "DA", "20240314"],
    [0x00080050, "SH", accession(image)],
    [0x00100010, "PN", `${surname(person)}^FRIDA`],
    [0x00100020, "LO", mrn(person)],
    [0x00100040, "CS", "F"],
    [0x00101010, "AS", "045Y"],
    [0x00185101, "CS", "PA"],
    [0x0020000d, "UI", `${uid(image)}.1`],
  ]);
  const file = join(cwd, "hospital", "images", `${String(image).padStart(3, "0")}.dcm`);
  mkdirSync(dirname(file), { recursive: true });
  const bytes = dicomFile({ elements: [...elements, [0x7fe00010, "OW", new Uint8Array(pixels.buffer)]] });
  // One that is cut short: what is said of it must not quote it.
  writeFileSync(file, image === 47 ? bytes.subarray(0, bytes.length - 5000) : bytes);
}

const said: string[] = [];
async function run(...args: string[]): Promise<string> {
  const terminal = capturedTerminal({ cwd });
  const code = await runCommandLine(args, terminal);
  assert.equal(code, 0, `${args.join(" ")}: ${terminal.errText()}`);
  said.push(terminal.outText(), terminal.errText());
  return terminal.outText();
}

before(() => {
  const rows = ["AccessionNumber,label,split"];
  for (let image = 0; image < 48; image++) {
    put(image);
    const label = image % 2 === 1 ? "PNEUMONIA" : "NORMAL";
    rows.push(`${accession(image)},${label},${image % people < 16 ? "train" : "test"}`);
  }
  writeFileSync(join(cwd, "hospital", "labels.csv"), `${rows.join("\n")}\n`);
});

test("no identifier is in any file that is left, nor in what is said", async () => {
  const imported = await run("data", "import", "hospital", "--out", "manifest.csv");
  assert.match(imported, /^Patients +24$/m, "they are known");
  await run("data", "summary", "manifest.csv");
  const check = capturedTerminal({ cwd });
  await runCommandLine(["data", "check", "manifest.csv"], check);
  await runCommandLine(["data", "check", "manifest.csv", "--json"], check);
  said.push(check.outText(), check.errText());
  assert.match(check.outText(), /047\.dcm \(/, "the cut file is named");
  const tiny = ["--image-size", "64", "--epochs", "2", "--batch", "8", "--augmentation", "none", "--threads", "1"];
  await run("train", "--data", "manifest.csv", "--out", "run", ...tiny);
  await run("evaluate", "run", "--data", "manifest.csv", "--out", "evaluation");
  await run("explain", "hospital/images/000.dcm", "hospital/images/047.dcm", "--model", "run", "--out", "maps");
  await run("predict", "hospital/images", "--model", "run", "--json");
  for (const [format, out] of [
    ["onnx", "model.onnx"],
    ["keras", "model.h5"],
    ["tfjs", "tfjs"],
  ] as const) {
    await run("export", "run", "--format", format, "--out", out);
  }
  await serveOne();

  const files = readdirSync(cwd, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(join(cwd, "hospital")));
  const names = files.map((path) => relative(cwd, path));
  const expected = [
    "manifest.csv",
    "run/report.html",
    "run/model-card.md",
    "run/args.json",
    "run/provenance.json",
    "run/training-set.json",
    "run/predictions.csv",
    "run/metrics.json",
    "run/weights/best.h5",
    "model.onnx",
    "evaluation/predictions.csv",
    "audit.log",
  ];
  for (const name of expected) assert.ok(names.includes(join(...name.split("/"))), `${name} of ${names.join(", ")}`);
  assert.ok(
    names.some((name) => name.startsWith(join(".cache", "pneumoscope"))),
    "the cache is looked at",
  );
  const holding = files.filter((path) => holds(readFileSync(path))).map((path) => relative(cwd, path));
  assert.deepEqual(holding, []);
  assert.deepEqual(
    said.filter((text) => holds(Buffer.from(text))),
    [],
  );
});

test("the search finds what it looks for", () => {
  assert.ok(holds(readFileSync(join(cwd, "hospital", "images", "000.dcm"))));
  assert.ok(holds(Buffer.from(mrn(3), "utf16le")) && holds(Buffer.from("zweisteinb")));
});

test("the key that makes names of identifiers is its owner's alone", { skip: process.platform === "win32" }, () => {
  const folder = join(cwd, ".cache", "pneumoscope");
  assert.equal(statSync(join(folder, "person-key")).mode & 0o777, 0o600);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

/** As bytes, in both widths of characters and either case. */
function holds(bytes: Buffer): boolean {
  const text = bytes.toString("latin1").toUpperCase();
  const narrow = text.replaceAll("\0", "");
  return identifiers.some((part) => text.includes(part) || narrow.includes(part));
}

async function serveOne(): Promise<void> {
  await using model = await openClassifier(join(cwd, "run"), { heatMaps: false, keepsFile: true });
  const app = await createServer(model, { auditLog: join(cwd, "audit.log") });
  const form = new FormData();
  for (const name of ["000.dcm", "047.dcm"]) {
    form.append("files", new Blob([readFileSync(join(cwd, "hospital", "images", name))]), name);
  }
  const request = new Request("http://localhost/v1/predict", { method: "POST", body: form });
  const answer = await app.inject({
    method: "POST",
    url: "/v1/predict",
    headers: Object.fromEntries(request.headers),
    payload: Buffer.from(await request.arrayBuffer()),
  });
  said.push(answer.body, (await app.inject("/metrics")).body, (await app.inject("/v1/model")).body);
  await app.close();
}
