// Using the page: with the keyboard alone, on a phone, in both colour schemes, past axe-core's rules.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { readOnnxContract } from "../../src/interchange/onnx/read-onnx-contract.js";
import { golden, projectRoot } from "../support/paths.js";
import {
  builtPage,
  chooseFiles,
  launchChromium,
  openPage,
  waitForAll,
  waitForModel,
  waitUntil,
  withoutChromium,
} from "./support/chromium.js";
import { pageModel } from "./support/page-model.js";
import { type StaticHost, startHost } from "./support/static-host.js";

let browser: Browser;
let host: StaticHost;

before(async () => {
  if (withoutChromium !== false) return;
  browser = await launchChromium();
  host = await startHost(pageModel(), "isolated");
});
after(async () => {
  await browser?.close();
  await host?.close();
});

const phantoms = ["phantom-normal-1.png", "phantom-opacity-1.png"].map((name) => join(builtPage, "examples", name));

/** Rules of axe-core that the page breaks; scripts run as a debugger's, which the page's policy does not bind. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(readFileSync(join(projectRoot, "node_modules", "axe-core", "axe.min.js"), "utf8"));
  const results = (await page.evaluate("axe.run()")) as AxeResults;
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

for (const theme of ["dark", "light"] as const) {
  for (const width of [1280, 360]) {
    test(`${theme} colours at ${width} pixels pass axe-core and do not overflow`, {
      skip: withoutChromium,
    }, async () => {
      const { page, problems } = await openPage(browser, host.url, { width, height: 800 });
      await waitForModel(page);
      if (theme === "light") await page.getByRole("button", { name: "Change to light colours" }).click();
      const check = async (state: string) => {
        assert.deepEqual(await violations(page), [], state);
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        assert.ok(Number(overflow) <= 0, `${state}: ${overflow} pixels too wide`);
        const notice = page.getByRole("complementary", { name: "Research use" });
        assert.ok(await notice.isVisible(), state);
      };
      await check("empty");
      await chooseFiles(page, [...phantoms, join(projectRoot, "package.json")]);
      await waitForAll(page);
      await check("a bad file shown");
      await page.getByRole("button", { name: "phantom-opacity-1.png" }).click();
      await page.locator("[data-testid=score]").waitFor();
      await page.getByText("About the model").click();
      await check("a score shown");
      assert.deepEqual(problems, []);
      await page.context().close();
    });
  }
}

test("everything can be done with the keyboard", { skip: withoutChromium }, async () => {
  const { page } = await openPage(browser, host.url);
  await waitForModel(page);
  await tabTo(page, "Open all four");
  await page.keyboard.press("Enter");
  await waitForAll(page);
  await tabTo(page, "Radiograph phantom-normal-1.png");
  const corner = page.locator(".viewer-corner");
  const before = await corner.textContent();
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowUp");
  await waitUntil(page, `document.querySelector(".viewer-corner").textContent !== ${JSON.stringify(before)}`);
  await page.keyboard.press("r");
  await waitUntil(page, `document.querySelector(".viewer-corner").textContent === ${JSON.stringify(before)}`);
  await page.keyboard.press("i");
  await page.locator("[aria-label=Invert][aria-pressed=true]").waitFor();
  await page.keyboard.press("h");
  await page.getByRole("checkbox", { name: "Show" }).and(page.locator(":not(:checked)")).waitFor();
  await page.keyboard.press("PageDown");
  await page.getByRole("heading", { name: "phantom-normal-2.png" }).waitFor();
  await tabTo(page, "phantom-opacity-2.png");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "phantom-opacity-2.png" }).waitFor();
  await page.context().close();
});

/** Presses Tab until the element of that name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const focused = "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()";
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    if (String(await page.evaluate(focused)).startsWith(name)) return;
  }
  assert.fail(`Tab does not reach "${name}"`);
}

test("zooming keeps the point under the mouse, and dragging moves the window", { skip: withoutChromium }, async () => {
  const { page } = await openPage(browser, host.url);
  await waitForModel(page);
  await chooseFiles(page, phantoms.slice(0, 1));
  await waitForAll(page);
  const stage = await page.getByRole("application").boundingBox();
  assert.ok(stage);
  const pixels = () => page.evaluate("document.querySelector('.viewer-canvas').toDataURL()");
  const fit = await pixels();
  await page.mouse.move(stage.x + stage.width / 2, stage.y + stage.height / 2);
  await page.mouse.wheel(0, -400);
  await page.waitForTimeout(100);
  assert.notEqual(await pixels(), fit);
  await page.getByRole("button", { name: "Fit" }).click();
  await page.mouse.move(stage.x + 200, stage.y + 200);
  await page.mouse.down();
  await page.mouse.move(stage.x + 260, stage.y + 170, { steps: 4 });
  await page.mouse.up();
  await waitUntil(page, "/W 315 L 158/.test(document.querySelector('.viewer-corner').textContent)");
  await page.context().close();
});

test("an image out of scope keeps its score back until it is asked for", { skip: withoutChromium }, async () => {
  const { page } = await openPage(browser, host.url);
  await waitForModel(page);
  await chooseFiles(page, golden("opencv", "rgb-444.jpg"));
  await page.getByText("Not what the model was trained on").waitFor();
  assert.equal(await page.locator("[data-testid=score]").count(), 0);
  await page.getByRole("button", { name: "Show the score nevertheless" }).click();
  await page.locator("[data-testid=score]").waitFor();
  await page.context().close();
});

const { heatMap } = readOnnxContract(pageModel(), "model.onnx");

test("the heat map is laid over the image, for either class", {
  skip: withoutChromium || (heatMap === null && "this model has no heat map"),
}, async () => {
  const { page } = await openPage(browser, host.url);
  await waitForModel(page);
  await chooseFiles(page, phantoms.slice(1));
  await waitForAll(page);
  const pixels = () => page.evaluate("document.querySelector('.viewer-canvas').toDataURL()");
  const looks = new Set<unknown>();
  for (const name of ["pneumonia", "normal"]) {
    await page.locator(".segmented").getByText(name).click();
    await page.waitForTimeout(200);
    looks.add(await pixels());
  }
  await page.getByRole("checkbox", { name: "Show" }).uncheck();
  await page.waitForTimeout(200);
  looks.add(await pixels());
  assert.ok(looks.size >= 2, "neither class changes the picture");
  await page.getByText("It does not show where a disease is.").waitFor();
  await page.context().close();
});
