import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { reportFixture } from "../../test/support/report-fixture.js";
import { AppError } from "../core/errors.js";
import { writeReport } from "./write-report.js";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-report-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("a run folder gets the page and every figure as PNG", () =>
  inFolder(async (folder) => {
    const written = await writeReport(folder, reportFixture());
    assert.equal(written.report, join(folder, "report.html"));
    const page = await readFile(written.report, "utf8");
    assert.ok(page.startsWith("<!doctype html>") && page.endsWith("</html>\n"));
    assert.ok(page.length < 1_000_000, `${page.length} characters`);
    const names = await readdir(join(folder, "figures"));
    assert.deepEqual(written.figures.map((path) => path.slice(folder.length + 9)).sort(), names.sort());
    const drawn = names.filter((name) => name.endsWith(".svg")).map((name) => name.replace(".svg", ".png"));
    assert.equal(drawn.length, 12);
    for (const name of [...drawn, "samples.png", "augmentation.png", "mistakes.png"]) {
      const { width = 0, format } = await sharp(join(folder, "figures", name)).metadata();
      assert.equal(format, "png");
      assert.ok(width >= 1000, `${name} is ${width} pixels wide`);
    }
  }));

test("where nothing can be written, the error names the file", () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, "figures"), "a file where the folder should be");
    await assert.rejects(
      writeReport(folder, reportFixture()),
      (error) => error instanceof AppError && error.code === "FILE_UNWRITABLE" && error.message.includes(folder),
    );
  }));
