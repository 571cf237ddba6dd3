// What may go wrong around the page: an inference worker that ends or hangs on a file; folders with all that lies in them.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { golden } from "../support/paths.js";
import {
  builtPage,
  chooseFiles,
  launchChromium,
  openPage,
  savedRows,
  shownScore,
  waitForAll,
  waitForModel,
  waitUntil,
  withoutChromium,
} from "./support/chromium.js";
import { pageModel } from "./support/page-model.js";
import { type StaticHost, startHost } from "./support/static-host.js";

const phantom = (name: string) => join(builtPage, "examples", name);
const folder = mkdtempSync(join(tmpdir(), "pneumoscope-page-"));
const model = pageModel();
let browser: Browser;
let host: StaticHost;

before(async () => {
  if (withoutChromium !== false) return;
  browser = await launchChromium();
  host = await startHost(model, "isolated");
});
after(async () => {
  await browser?.close();
  await host?.close();
  rmSync(folder, { recursive: true });
});

/** Goes before the inference worker's own script: files of these names end it, or send it round in circles. */
const trap = `self.addEventListener("message", (event) => {
  const { name } = event.data.request;
  if (name === "ends.png") {
    event.stopImmediatePropagation();
    throw new Error("a planted end");
  }
  if (name === "hangs.png") for (;;);
});\n`;

test("an inference worker that ends or hangs fails its file alone, and the others are scored by another", {
  skip: withoutChromium,
}, async () => {
  const worker = readdirSync(join(builtPage, "assets")).find((name) =>
    /^inference-worker-.*\.js$/.test(name),
  ) as string;
  const trapped = await startHost(model, "isolated");
  trapped.files.set(`assets/${worker}`, trap + readFileSync(join(builtPage, "assets", worker), "utf8"));
  const { page } = await openPage(browser, trapped.url);
  await waitForModel(page);
  await page.clock.install(); // the page need not be waited for until it gives up
  const buffer = readFileSync(phantom("phantom-normal-1.png"));
  const names = ["first.png", "ends.png", "second.png", "hangs.png", "third.png"];
  await chooseFiles(
    page,
    names.map((name) => ({ name, mimeType: "image/png", buffer })),
  );
  await waitUntil(page, "document.querySelector('tr:has(.is-scoring)')?.textContent.includes('hangs.png')");
  await page.clock.fastForward("03:00");
  await waitForAll(page);
  await waitForModel(page);
  const rows = await savedRows(page);
  assert.deepEqual(
    rows.map(({ path, error, message }) => [path, error, /planted end|in time/.exec(message)?.[0] ?? ""]),
    [
      ["first.png", "", ""],
      ["ends.png", "PAGE_WORKER_LOST", "planted end"],
      ["second.png", "", ""],
      ["hangs.png", "PAGE_WORKER_LOST", "in time"],
      ["third.png", "", ""],
    ],
  );
  assert.equal(new Set(rows.filter(({ error }) => error === "").map(({ score }) => score)).size, 1);
  // Looking at the file ends the worker once more; the next file is shown all the same.
  await page.getByRole("button", { name: "ends.png" }).click();
  await page.getByText("This file cannot be shown.").waitFor();
  await page.getByRole("button", { name: "third.png" }).click();
  await page.locator(".viewer-corner").waitFor();
  assert.equal(await shownScore(page), Number(rows[4]?.score));
  await page.context().close();
  await trapped.close();
});

/** A folder with images, one of them below another folder and without suffix, and what systems leave beside them. */
function makeFolder(): string {
  const place = join(folder, "scans");
  mkdirSync(join(place, "sub", "__MACOSX"), { recursive: true });
  copyFileSync(phantom("phantom-normal-1.png"), join(place, "a.png"));
  copyFileSync(golden("dicom", "grey-8.dcm"), join(place, "sub", "IM0001"));
  copyFileSync(phantom("phantom-opacity-1.png"), join(place, "sub", "__MACOSX", "a.png"));
  writeFileSync(join(place, "sub", "cut.jpeg"), readFileSync(golden("opencv", "grey.jpg")).subarray(0, 500));
  for (const name of [".DS_Store", "Thumbs.db", "DICOMDIR", "letter.pdf"]) writeFileSync(join(place, name), "no image");
  // Browsers hand over a hundred entries at a time.
  for (let i = 0; i < 120; i++) writeFileSync(join(place, `note ${i}.txt`), "no image");
  copyFileSync(phantom("phantom-opacity-1.png"), join(place, "z.png"));
  return place;
}

/** Drops files and folders of the disk, as a file manager does. */
async function dropPaths(page: Page, files: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
  }
  await session.detach();
}

test("of a folder, dropped or chosen, the images are scored, and of one without any it is said", {
  skip: withoutChromium,
}, async () => {
  const place = makeFolder();
  const empty = join(folder, "letters");
  mkdirSync(empty);
  writeFileSync(join(empty, "letter.pdf"), "no image");
  const { page, problems } = await openPage(browser, host.url);
  await waitForModel(page);
  const scoreAll = async () => {
    await waitUntil(page, "document.querySelectorAll('.file-table tbody tr').length === 4");
    await waitForAll(page);
    const rows = await savedRows(page);
    await page.getByRole("button", { name: "Clear" }).click();
    return rows.map(({ path, score, error }) => ({ path, score, error })).sort((a, b) => (a.path < b.path ? -1 : 1));
  };
  await dropPaths(page, [place]);
  const dropped = await scoreAll();
  assert.deepEqual(
    dropped.map(({ path, error }) => [path, error]),
    [
      ["scans/a.png", ""],
      ["scans/sub/IM0001", ""],
      ["scans/sub/cut.jpeg", "IMAGE_TRUNCATED"],
      ["scans/z.png", ""],
    ],
  );
  await dropPaths(page, [empty]);
  await page.getByRole("alert").getByText("Nothing was found there that could be an image.").waitFor();
  await page.locator("input[data-choice=folder]").setInputFiles(place);
  assert.deepEqual(await scoreAll(), dropped);
  assert.equal(await page.getByRole("alert").count(), 0);
  assert.deepEqual(host.uploads, []);
  assert.deepEqual(problems, []);
  await page.context().close();
});
