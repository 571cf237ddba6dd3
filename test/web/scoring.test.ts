// The page in real Chromium: an image that is dropped gets the score that Node gives it; many files, bad ones among them,
// become a table and a CSV file.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { describeReference } from "../../src/evaluation/shift/describe-reference.js";
import { traitNames } from "../../src/evaluation/shift/traits.js";
import type { ImageTraits } from "../../src/images/appearance.js";
import { crc32 } from "../../src/images/crc32.js";
import { withChecksum } from "../../src/interchange/onnx/onnx-checksum.js";
import { golden, realData, withoutRealData } from "../support/paths.js";
import {
  builtPage,
  chooseFiles,
  launchChromium,
  openPage,
  savedRows,
  shownScore,
  waitForAll,
  waitForModel,
  withoutChromium,
} from "./support/chromium.js";
import { nodeScorer } from "./support/node-score.js";
import { pageModel } from "./support/page-model.js";
import { type StaticHost, startHost } from "./support/static-host.js";

/** One runtime, two builds of it (SIMD widths, threads): the last digits of a float32 may differ. */
const scoreTolerance = 1e-5;

const phantom = (name: string) => join(builtPage, "examples", name);
let browser: Browser;
let host: StaticHost;
const model = pageModel();

before(async () => {
  if (withoutChromium !== false) return;
  browser = await launchChromium();
  host = await startHost(model, "isolated");
});
after(async () => {
  await browser?.close();
  await host?.close();
});

/** Drops files onto the window, as a mouse does. */
async function drop(
  page: Page,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  const transfer = await page.evaluateHandle(
    `((files) => {
      const transfer = new DataTransfer();
      for (const { name, base64 } of files) {
        transfer.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], name));
      }
      return transfer;
    })(${JSON.stringify(files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString("base64") })))})`,
  );
  await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
}

test("a dropped image gets Node's score, and nothing is uploaded", { skip: withoutChromium }, async () => {
  const node = await nodeScorer(model);
  const { page, problems } = await openPage(browser, host.url);
  await waitForModel(page);
  for (const name of ["phantom-normal-1.png", "phantom-opacity-1.png"]) {
    const bytes = readFileSync(phantom(name));
    await drop(page, [{ name, bytes }]);
    await page.getByRole("heading", { name }).waitFor();
    const difference = Math.abs((await shownScore(page)) - (await node.score(bytes)));
    assert.ok(difference <= scoreTolerance, `${name}: ${difference}`);
  }
  assert.equal(await page.evaluate("crossOriginIsolated"), true);
  assert.deepEqual(host.uploads, []);
  assert.deepEqual(problems, []);
  await node.close();
  await page.context().close();
});

test("real radiographs of native size get Node's scores", {
  skip: withoutChromium || withoutRealData("chest_xray_native"),
}, async () => {
  const node = await nodeScorer(model);
  const folders = ["NORMAL", "PNEUMONIA"].map((label) => realData("chest_xray_native", label));
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .slice(0, 6)
      .map((name) => join(folder, name)),
  );
  const { page, problems } = await openPage(browser, host.url);
  await waitForModel(page);
  await chooseFiles(page, files);
  await waitForAll(page);
  const rows = await savedRows(page);
  assert.equal(rows.length, files.length);
  for (const [i, file] of files.entries()) {
    const difference = Math.abs(Number(rows[i]?.score) - (await node.score(readFileSync(file))));
    assert.ok(difference <= scoreTolerance, `${file}: ${difference}`);
  }
  await node.close();
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("twenty images unlike those that the threshold was set on raise the alarm, once all are scored", {
  skip: withoutChromium,
}, async (t) => {
  const traits = Object.fromEntries(traitNames.map((name) => [name, 10])) as unknown as ImageTraits;
  const met = Array.from({ length: 40 }, (_, i) => ({
    score: i / 40,
    traits: { ...traits, brightness: i },
    patient: null,
  }));
  const own = await startHost(pageModel({ reference: describeReference(met, "validation") }), "isolated");
  t.after(() => own.close());
  const { page, problems } = await openPage(browser, own.url);
  await waitForModel(page);
  const bytes = readFileSync(phantom("phantom-normal-1.png"));
  const names = Array.from({ length: 20 }, (_, i) => ({ name: `${i}.png`, bytes }));
  await drop(page, names.slice(1));
  await page.getByText("19 scored").waitFor();
  assert.equal(await page.getByTestId("shift").count(), 0, "19 are too few");
  await drop(page, names.slice(0, 1));
  await page.getByTestId("shift").waitFor();
  const text = await page.getByTestId("shift").innerText();
  assert.match(text, /These 20 images are not like those .*\n*.*40 images, validation.* they are .*not to be trusted/s);
  assert.deepEqual(problems, []);
  await page.context().close();
});

const dicoms = readdirSync(golden("dicom")).filter((name) => name.endsWith(".dcm"));

test("DICOM files of every encoding get Node's scores or Node's error", { skip: withoutChromium }, async () => {
  const node = await nodeScorer(model);
  const { page, problems } = await openPage(browser, host.url);
  await waitForModel(page);
  await chooseFiles(
    page,
    dicoms.map((name) => golden("dicom", name)),
  );
  await waitForAll(page);
  const rows = await savedRows(page);
  assert.ok(rows.length > 20);
  for (const row of rows) {
    const expected = await node.score(readFileSync(golden("dicom", row.path))).catch((error) => error.code as string);
    if (typeof expected === "string") assert.equal(row.error, expected, row.path);
    else assert.ok(Math.abs(Number(row.score) - expected) <= scoreTolerance, `${row.path}: ${row.error} ${row.score}`);
  }
  assert.deepEqual(problems, []);
  await node.close();
  await page.context().close();
});

test("bad files become rows, the others go on, and names are text", { skip: withoutChromium }, async () => {
  const { page, problems } = await openPage(browser, host.url);
  await waitForModel(page);
  const good = readFileSync(phantom("phantom-normal-2.png"));
  const jpeg = readFileSync(golden("opencv", "grey.jpg"));
  const huge = Uint8Array.from(good);
  new DataView(huge.buffer).setUint32(16, 90_000);
  new DataView(huge.buffer).setUint32(20, 90_000);
  new DataView(huge.buffer).setUint32(29, crc32(huge.subarray(12, 29))); // IHDR is whole, only too large
  await chooseFiles(page, [
    { name: "good.png", mimeType: "image/png", buffer: good },
    { name: "=cmd|' /C calc'!A0.png", mimeType: "image/png", buffer: good },
    { name: "<img src=x onerror=alert(1)>.png", mimeType: "image/png", buffer: good },
    { name: "cut.jpg", mimeType: "image/jpeg", buffer: jpeg.subarray(0, jpeg.length / 2) },
    { name: "empty.png", mimeType: "image/png", buffer: Buffer.alloc(0) },
    { name: "notes.jpeg", mimeType: "image/jpeg", buffer: Buffer.from("Notes on a patient, not an image.") },
    { name: "huge.png", mimeType: "image/png", buffer: Buffer.from(huge) },
    { name: "last.png", mimeType: "image/png", buffer: good },
  ]);
  await waitForAll(page);
  const rows = await savedRows(page);
  assert.deepEqual(
    rows.map(({ path, error }) => [path, error]),
    [
      ["good.png", ""],
      ["'=cmd|' /C calc'!A0.png", ""],
      ["<img src=x onerror=alert(1)>.png", ""],
      ["cut.jpg", "IMAGE_TRUNCATED"],
      ["empty.png", "IMAGE_UNREADABLE"],
      ["notes.jpeg", "IMAGE_UNREADABLE"],
      ["huge.png", "IMAGE_TOO_LARGE"],
      ["last.png", ""],
    ],
  );
  assert.equal(new Set(rows.filter(({ error }) => error === "").map(({ score }) => score)).size, 1);
  await page.getByRole("button", { name: "cut.jpg" }).click();
  await page.getByText("No score for this file.").waitFor();
  await page.getByRole("columnheader", { name: "P(pneumonia)" }).getByRole("button").click();
  await page.getByRole("columnheader", { name: "P(pneumonia)" }).and(page.locator("[aria-sort=descending]")).waitFor();
  assert.deepEqual(problems, []);
  await page.context().close();
});

test("scoring many files can be stopped and goes on", { skip: withoutChromium }, async () => {
  const { page } = await openPage(browser, host.url);
  await waitForModel(page);
  const buffer = readFileSync(phantom("phantom-opacity-2.png"));
  await chooseFiles(
    page,
    Array.from({ length: 40 }, (_, i) => ({ name: `image ${i + 1}.png`, mimeType: "image/png", buffer })),
  );
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByText(/\d+ stopped/).waitFor();
  await page.getByRole("button", { name: "Go on" }).click();
  await waitForAll(page);
  assert.equal((await page.locator(".batch-counts").textContent())?.trim(), "40 scored");
  await page.context().close();
});

test("models that are none are refused with words, and another can be chosen", { skip: withoutChromium }, async () => {
  const bad = await startHost(model, "isolated");
  bad.files.set("model.onnx", null);
  const { page } = await openPage(browser, bad.url);
  await page.getByText(/the model did not arrive \(the server answered 404\)/).waitFor();
  const input = page.locator("input[data-choice=model]");
  const choose = (name: string, buffer: Buffer) => input.setInputFiles({ name, mimeType: "", buffer });
  await choose("cut.onnx", Buffer.from(model.subarray(0, 100_000)));
  await page.getByText(/cut\.onnx: should be an ONNX file/).waitFor();
  await choose("photo.onnx", readFileSync(phantom("phantom-normal-1.png")));
  await page.getByText(/photo\.onnx: /).waitFor();
  await choose("newer.onnx", Buffer.from(pageModel({ schemaVersion: 99 as 1 })));
  await page.getByText(/newer\.onnx: .*schema version 1\. Received 99/).waitFor();
  const sealed = await withChecksum(model);
  const flipped = Buffer.from(sealed);
  flipped[model.length >> 1] = (flipped[model.length >> 1] as number) ^ 1;
  await choose("flipped.onnx", flipped);
  await page.getByText(/flipped\.onnx: should have the bytes that its checksum was made of/).waitFor();
  await choose("mine.onnx", Buffer.from(sealed));
  await waitForModel(page);
  await page.context().close();
  await bad.close();
});
