// The page without a network: from a bare static host in a folder, once it has loaded; a newer version takes over when the
// user says so; and a browser with no room to keep anything.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  builtPage,
  chooseFiles,
  launchChromium,
  openPage,
  shownScore,
  waitForCopies,
  waitForModel,
  waitUntil,
  withoutChromium,
} from "./support/chromium.js";
import { pageModel } from "./support/page-model.js";
import { startHost } from "./support/static-host.js";

const image = join(builtPage, "examples", "phantom-opacity-1.png");

test("a page that was loaded once scores images without a network", { skip: withoutChromium }, async () => {
  const browser = await launchChromium();
  const host = await startHost(pageModel(), "bare");
  try {
    const { page } = await openPage(browser, host.url);
    await waitForModel(page);
    await chooseFiles(page, image);
    const online = await shownScore(page);
    await waitForCopies(page);
    await page.context().setOffline(true);
    await host.close();
    await page.reload();
    await waitForModel(page);
    await chooseFiles(page, image);
    assert.equal(await shownScore(page), online);
    // The service worker sends the headers that this host does not.
    assert.equal(await page.evaluate("crossOriginIsolated"), true);
    if (availableParallelism() > 1) await page.getByText("on one thread").waitFor({ state: "detached" });
  } finally {
    await browser.close();
  }
});

test("a new version is offered and takes over cleanly", { skip: withoutChromium }, async () => {
  const browser = await launchChromium();
  const host = await startHost(pageModel(), "bare");
  try {
    const { page } = await openPage(browser, host.url);
    await waitForModel(page);
    const worker = readFileSync(join(builtPage, "service-worker.js"), "utf8");
    host.files.set("service-worker.js", worker.replace(/pneumoscope-page-/g, "pneumoscope-page-next-"));
    const html = readFileSync(join(builtPage, "index.html"), "utf8");
    host.files.set("index.html", html.replace("<title>Pneumoscope", "<title>Next Pneumoscope"));
    await page.reload();
    await page.getByRole("button", { name: "A new version is ready: reload" }).click();
    await waitUntil(page, "document.title === 'Next Pneumoscope'");
    await waitForModel(page);
  } finally {
    await browser.close();
    await host.close();
  }
});

test("where there is no room for a copy of the model, the page opens it all the same", {
  skip: withoutChromium,
}, async () => {
  const browser = await launchChromium();
  const host = await startHost(pageModel(), "bare");
  try {
    const model = host.files.get("model.onnx") as Uint8Array;
    host.files.set("model.onnx", null);
    const { page } = await openPage(browser, host.url);
    await page.getByText("the model did not arrive").waitFor();
    await waitUntil(page, "navigator.serviceWorker.controller");
    const session = await page.context().newCDPSession(page);
    await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(host.url).origin, quotaSize: 1 });
    host.files.set("model.onnx", model);
    await page.reload();
    await waitForModel(page);
    await chooseFiles(page, image);
    assert.ok((await shownScore(page)) > 0);
    const kept = await page.evaluate("caches.match('model.onnx').then((copy) => copy !== undefined)");
    assert.equal(kept, false, "there was no room");
  } finally {
    await browser.close();
    await host.close();
  }
});
