// What the page asks the network for: its own files, by GET, without a query that could carry anything; and nothing at all
// while images are scored once it has what their kinds need.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { golden } from "../support/paths.js";
import {
  builtPage,
  chooseFiles,
  launchChromium,
  openPage,
  savedRows,
  waitForAll,
  waitForCopies,
  waitForModel,
  withoutChromium,
} from "./support/chromium.js";
import { pageModel } from "./support/page-model.js";
import { startHost } from "./support/static-host.js";

/** One of each kind that brings a decoder of its own. */
const images = [
  join(builtPage, "examples", "phantom-opacity-1.png"),
  golden("opencv", "grey.jpg"),
  golden("dicom", "grey-8.dcm"),
];

for (const headers of ["isolated", "bare"] as const) {
  test(`on a host with ${headers} headers the page asks for its own files only`, {
    skip: withoutChromium,
  }, async () => {
    const browser = await launchChromium();
    const host = await startHost(pageModel(), headers);
    try {
      const { page, problems, requests } = await openPage(browser, host.url);
      await waitForModel(page);
      await chooseFiles(page, images);
      await waitForAll(page);
      await waitForCopies(page);
      const soFar = requests.length;
      await chooseFiles(page, images);
      await waitForAll(page);
      const scores = (await savedRows(page)).map(({ score }) => score);
      assert.equal(scores.length, 2 * images.length);
      assert.ok(scores.every((score) => score !== ""));

      assert.ok(requests.some((request) => request.endsWith("/model.onnx")));
      assert.ok(
        requests.some((request) => /\/ort-.*\.wasm$/.test(request)),
        "the worker is heard as well",
      );
      const ownFile = new RegExp(`^GET ${host.url}[\\w./-]*$`);
      const inMemory = /^GET (?:blob|data):/;
      const foreign = requests.filter((request) => !ownFile.test(request) && !inMemory.test(request));
      assert.deepEqual(foreign, []);
      assert.deepEqual(host.uploads, []);
      const whileScored = requests.slice(soFar).filter((request) => !inMemory.test(request));
      assert.deepEqual(whileScored, []);
      assert.deepEqual(problems, []);
    } finally {
      await browser.close();
      await host.close();
    }
  });
}

test("where a host sends no policy, the service worker brings one: a worker that would report cannot", {
  skip: withoutChromium,
}, async () => {
  const heard: string[] = [];
  const collector = createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`);
    response.writeHead(200, { "cross-origin-resource-policy": "cross-origin" }).end();
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  const browser = await launchChromium();
  const host = await startHost(pageModel(), "bare");
  try {
    const [name = ""] = readdirSync(join(builtPage, "assets")).filter((file) => file.startsWith("inference-worker"));
    const worker = readFileSync(join(builtPage, "assets", name), "utf8");
    // The first goes to the page's own host, which is allowed, and shows that the second was tried.
    const addresses = [`${host.url}tried`, `http://127.0.0.1:${port}/report`];
    const report = addresses.map((url) => `fetch("${url}", { mode: "no-cors" }).catch(() => undefined);`);
    host.files.set(`assets/${name}`, report.join("") + worker);
    const { page, requests } = await openPage(browser, host.url);
    await waitForModel(page);
    await waitForCopies(page);
    const firstVisit = { heard: heard.length, requests: requests.length }; // the page may be faster than its service worker
    await page.reload();
    await waitForModel(page);
    await chooseFiles(page, images);
    await waitForAll(page);
    assert.ok(requests.slice(firstVisit.requests).includes(`GET ${addresses[0]}`));
    assert.deepEqual(heard.slice(firstVisit.heard), []);
  } finally {
    await browser.close();
    await host.close();
    collector.close();
  }
});
