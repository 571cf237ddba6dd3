// The page of a server that asks for tokens: it asks, keeps the token for the session only and nothing that was fetched with
// it, saves reports, and forgets.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createServer } from "../../src/serve/create-server.js";
import { listen, stop } from "../../src/serve/listen.js";
import { TokenLock } from "../../src/serve/lock/token-lock.js";
import { modelFileOf } from "../../src/serve/model-file.js";
import { brightnessParts } from "../support/served-brightness.js";
import {
  builtPage,
  chooseFiles,
  launchChromium,
  openPage,
  shownScore,
  waitForModel,
  withoutChromium,
} from "./support/chromium.js";
import { pageModel } from "./support/page-model.js";

const token = "0123456789abcdef01234567";
const image = join(builtPage, "examples", "phantom-opacity-1.png");
/** Asking without a token, or with a wrong one, is what the test is about; browsers tell of it. */
const isAboutToken = (problem: string) => /status of 401/.test(problem);

test("the page asks for the token, works with it, and leaves nothing of it behind", {
  skip: withoutChromium,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "pneumoscope-locked-page-"));
  const [tokens, report] = [join(folder, "tokens"), join(folder, "report.html")];
  writeFileSync(tokens, token, { mode: 0o600 });
  writeFileSync(report, "<title>the report</title>");
  const modelFile = modelFileOf(pageModel());
  const app = await createServer({
    ...brightnessParts,
    modelFile,
    page: builtPage,
    report,
    lock: new TokenLock(tokens),
  });
  const address = await listen(app, "127.0.0.1", 0);
  const browser = await launchChromium();
  try {
    const { page, problems, requests } = await openPage(browser, address);
    const field = page.getByLabel("Token", { exact: true });
    await field.waitFor();
    assert.equal(await page.evaluate("document.activeElement?.getAttribute('name')"), "token");
    assert.equal(await page.getByRole("alert").count(), 0);
    const picture = process.env.PNEUMOSCOPE_PICTURES;
    if (picture !== undefined) await page.screenshot({ path: join(picture, "token-prompt.png") });

    for (const wrong of ["wrong", "schlüssel"]) {
      await field.fill(wrong);
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByText("The server does not know this token").waitFor();
    }
    if (picture !== undefined) await page.screenshot({ path: join(picture, "token-refused.png") });
    assert.ok(!requests.some((request) => request.endsWith(".onnx")));

    await field.fill(` ${token} `);
    await field.press("Enter");
    await waitForModel(page);
    await chooseFiles(page, image);
    const score = await shownScore(page);
    assert.ok(score > 0 && score < 1);
    if (picture !== undefined) await page.screenshot({ path: join(picture, "token-open.png") });
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: /^Save: Report/ }).click(),
    ]);
    assert.equal(readFileSync(await download.path(), "utf8"), "<title>the report</title>");

    // A reload is the same session; another tab is another one.
    await page.reload();
    await waitForModel(page);
    const other = await page.context().newPage();
    await other.goto(address);
    await other.getByLabel("Token", { exact: true }).waitFor();
    await other.close();

    const kept = (await page.evaluate(`(async () => {
      const names = await caches.keys();
      const urls = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return {
        addresses: urls.flat().map(({ url }) => url),
        local: JSON.stringify(localStorage),
        cookies: document.cookie,
        databases: (await indexedDB.databases()).length,
      };
    })()`)) as { addresses: string[]; local: string; cookies: string; databases: number };
    assert.ok(!kept.addresses.some((url) => /model\.onnx|page\.json|report/.test(url)), kept.addresses.join("\n"));
    assert.ok(!kept.local.includes(token) && kept.cookies === "" && kept.databases === 0);
    assert.ok(!requests.some((request) => request.includes(token)), "never in an address");

    await page.getByRole("button", { name: "Forget the token" }).click();
    await page.getByLabel("Token", { exact: true }).waitFor();
    assert.equal(await page.evaluate("sessionStorage.length"), 0);
    assert.deepEqual(
      problems.filter((problem) => !isAboutToken(problem)),
      [],
    );
  } finally {
    await browser.close();
    await stop(app, 1000);
    rmSync(folder, { recursive: true });
  }
});
