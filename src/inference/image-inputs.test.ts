import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { AppError } from "../core/errors.js";
import { countInputs, filesOf, resolveInputs } from "./image-inputs.js";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "pneumoscope-inputs-"));
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** Only names matter here: nothing reads these files. */
function touch(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), "");
  }
}

async function namesOf(...texts: string[]): Promise<string[]> {
  const names: string[] = [];
  for await (const file of filesOf(await resolveInputs(texts, cwd))) {
    names.push(file.kind === "image" ? file.name : `${file.kind} ${file.name}`);
  }
  return names;
}

const failure = (code: string, pattern: RegExp) => (thrown: unknown) =>
  thrown instanceof AppError && thrown.code === code && pattern.test(thrown.message);

test("a folder gives the images below it by name, without hidden files and Mac leftovers", async () => {
  touch("s/b.PNG", "s/a.jpeg", "s/10/x.jpg", "s/notes.txt", "s/.hidden.png", "s/__MACOSX/a.jpeg", "s/.git/a.png");
  assert.deepEqual(await namesOf("s"), ["s/10/x.jpg", "s/a.jpeg", "s/b.PNG"]);
  assert.deepEqual(await namesOf("."), ["s/10/x.jpg", "s/a.jpeg", "s/b.PNG"]);
  assert.deepEqual(await namesOf(join(cwd, "s", "10")), [join(cwd, "s", "10", "x.jpg")]);
});

test("DICOM files are found by name, or without extension by their mark; the index of a disc is not", async () => {
  touch("d/a.dcm", "d/b.DICOM", "d/c.txt", "d/README", "d/.IM1");
  for (const name of ["IM0001", "1.2.840.1", "DICOMDIR", "scan.raw"]) {
    writeFileSync(join(cwd, "d", name), Buffer.concat([Buffer.alloc(128), Buffer.from("DICM")]));
  }
  const expected = ["d/1.2.840.1", "d/IM0001", "d/a.dcm", "d/b.DICOM"];
  assert.deepEqual(await namesOf("d"), expected);
  assert.deepEqual(await namesOf("d/*"), expected);
  assert.deepEqual(await namesOf("d/DICOMDIR"), ["d/DICOMDIR"]);
});

test("inputs keep their order; a file may have any name when it is named itself", async () => {
  touch("z.png", "a.png", "scan.img");
  assert.deepEqual(await namesOf("z.png", "scan.img", "a.png"), ["z.png", "scan.img", "a.png"]);
});

test("patterns match images, ** goes into folders, and what exists is no pattern", async () => {
  touch("p/1.png", "p/2.jpeg", "p/2.txt", "p/q/3.png", "p/[1].png");
  assert.deepEqual(await namesOf("p/*"), ["p/1.png", "p/2.jpeg", "p/[1].png"]);
  assert.deepEqual(await namesOf("p/**/*.png"), ["p/1.png", "p/[1].png", "p/q/3.png"]);
  assert.deepEqual(await namesOf("p/{1,2}.{png,jpeg}"), ["p/1.png", "p/2.jpeg"]);
  assert.deepEqual(await namesOf("p/[1].png"), ["p/[1].png"]);
  assert.deepEqual(await namesOf(join(cwd, "p/q/*")), [join(cwd, "p/q/3.png")]);
});

test("a file named twice comes once, however it is named", async () => {
  touch("d/a.png", "d/b.png");
  symlinkSync("d", join(cwd, "link"));
  const inputs = ["d/b.png", "d", "d/*.png", join(cwd, "d", "a.png"), "link"];
  const names = await namesOf(...inputs);
  assert.deepEqual(
    names.filter((name) => !name.startsWith("repeated ")),
    ["d/b.png", "d/a.png"],
  );
  const { found, repeated } = await countInputs(await resolveInputs(inputs, cwd));
  assert.deepEqual({ found, repeated }, { found: 2, repeated: 6 });
});

test("links that lead back do not go round, links elsewhere are followed, broken ones are told of", async () => {
  touch("loop/a.png", "loop/inner/b.png", "other/c.png");
  symlinkSync("..", join(cwd, "loop", "inner", "up"));
  symlinkSync(join("..", "other"), join(cwd, "loop", "out"));
  symlinkSync("self.png", join(cwd, "loop", "self.png"));
  symlinkSync("nowhere.png", join(cwd, "loop", "torn.png"));
  symlinkSync("nowhere", join(cwd, "loop", "torn"));
  assert.deepEqual(await namesOf("loop"), [
    "loop/a.png",
    "loop/inner/b.png",
    "loop/out/c.png",
    "loop/self.png",
    "loop/torn.png",
  ]);
  assert.ok((await namesOf("loop/**/*.png")).includes("loop/inner/b.png"));
});

test("a pipe named like an image is told of and never opened", { skip: process.platform === "win32" }, async () => {
  touch("f/a.png");
  execFileSync("mkfifo", [join(cwd, "f", "pipe.png")]);
  assert.deepEqual(await namesOf("f"), ["f/a.png", "unreadable f/pipe.png"]);
  assert.deepEqual(await namesOf("f/pipe.png"), ["unreadable f/pipe.png"]);
});

test("a folder that may not be listed is one row, not the end", { skip: process.getuid?.() === 0 }, async () => {
  touch("u/a.png", "u/closed/b.png", "u/z.png");
  execFileSync("chmod", ["000", join(cwd, "u", "closed")]);
  try {
    assert.deepEqual(await namesOf("u"), ["u/a.png", "unreadable u/closed", "u/z.png"]);
  } finally {
    execFileSync("chmod", ["700", join(cwd, "u", "closed")]);
  }
});

test("a folder that is gone when its turn comes is one row", async () => {
  touch("g/a.png", "h/b.png");
  const inputs = await resolveInputs(["g", "h"], cwd);
  rmSync(join(cwd, "g"), { recursive: true });
  const files = [];
  for await (const file of filesOf(inputs)) files.push(file);
  assert.equal(files[0]?.kind === "unreadable" && files[0].error.code, "FILE_UNREADABLE");
  assert.equal(files[1]?.name, "h/b.png");
});

test("what is not there is named, all of it; so is what holds no image", async () => {
  touch("x/a.png", "empty/notes.txt");
  await assert.rejects(namesOf("x", "no.png", "nix"), failure("FILE_MISSING", /^no\.png, nix: there is no such/));
  const count = async (text: string) => countInputs(await resolveInputs(["x", text], cwd));
  await assert.rejects(count("empty"), failure("NO_IMAGES_FOUND", /^empty: .*a folder without any/));
  await assert.rejects(
    count("x/*.jpeg"),
    failure("NO_IMAGES_FOUND", /^x\/\*\.jpeg: .*a pattern that matches no image/),
  );
});
