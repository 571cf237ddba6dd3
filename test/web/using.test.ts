// Using the page: with the keyboard alone, on a phone, in both colour schemes, past axe-core's rules.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { heatColour, heatCover } from "../../src/explain/heat-colours.js";
import { readRadiograph } from "../../src/images/read-radiograph.js";
import { openOnnx } from "../../src/inference/open-model.js";
import { fitted, type Size } from "../../src/page/view-transform.js";
import { golden, projectRoot } from "../support/paths.js";
import { brightnessServer, predict } from "../support/served-brightness.js";
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

test("the reports that page.json names are linked, and their links lead there", { skip: withoutChromium }, async () => {
  const withReport = await startHost(model, "isolated");
  withReport.files.set("page.json", JSON.stringify({ model: "model.onnx", report: "report.html", comparison: null }));
  withReport.files.set("report.html", '<!doctype html><title>The report</title><link rel="icon" href="data:,">');
  const { page, problems } = await openPage(browser, withReport.url);
  await waitForModel(page);
  const links = page.getByRole("navigation", { name: "Reports" }).getByRole("link");
  assert.deepEqual(await links.allTextContents(), ["Report of the training"]);
  await waitUntil(page, "navigator.serviceWorker.controller"); // which must not take the report for the page
  await links.click();
  await waitUntil(page, "document.title === 'The report'");
  assert.deepEqual(problems, []);
  await page.context().close();
  await withReport.close();
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

/** Blending rounds to whole levels, in 8 bits and with the colours weighted by their cover. */
const colourTolerance = 4;

test("the heat map's colours are those of the map that the API gives for the same image, for either class", {
  skip: withoutChromium,
}, async () => {
  const file = phantoms[1] as string;
  const { image } = await readRadiograph(readFileSync(file));
  const { page } = await openPage(browser, host.url);
  await waitForModel(page);
  await chooseFiles(page, file);
  await waitForAll(page);
  await page.getByRole("slider", { name: "Opacity" }).fill("100");
  const places = await gridPlaces(page, image);
  const show = page.getByRole("checkbox", { name: "Show" });
  await show.uncheck();
  const bare = await coloursAt(page, places);
  await show.check();
  const strongest: number[] = [];
  for (const name of ["pneumonia", "normal"]) {
    await page.locator(".segmented").getByText(name).click();
    const map = await heatMapOfApi(file, name);
    const expected = places.map(({ u, v }, i) => blended(bare[i] as Colour, heatAt(map, u, v)));
    const shown = await coloursAt(page, places);
    const differences = expected.map((colour, i) => farthest(colour, shown[i] as Colour));
    const worst = Math.max(...differences);
    assert.ok(
      worst <= colourTolerance,
      `${name}: ${worst} levels at ${JSON.stringify(places[differences.indexOf(worst)])}`,
    );
    strongest.push(Math.max(...expected.map((colour, i) => farthest(colour, bare[i] as Colour))));
  }
  assert.ok(Math.max(...strongest) > 50, `there is heat to be seen: ${strongest}`);
  await page.getByText("It does not show where a disease is.").waitFor();
  await page.context().close();
});

type Colour = readonly number[];

interface Place {
  /** Pixel of the canvas. */
  readonly x: number;
  readonly y: number;
  /** Its centre, in shares of the radiograph's width and height. */
  readonly u: number;
  readonly v: number;
}

interface ApiMap {
  readonly height: number;
  readonly width: number;
  readonly values: readonly number[];
}

/** Pixels all over the radiograph, near the corners of the map's cells: at their centres the heat has kinks. */
async function gridPlaces(page: Page, image: Size): Promise<readonly Place[]> {
  const size = "(({ width, height }) => ({ width, height }))(document.querySelector('.viewer-canvas'))";
  const view = fitted(image, (await page.evaluate(size)) as Size);
  const [width, height] = [image.width * view.scale, image.height * view.scale];
  const steps = Array.from({ length: 13 }, (_, i) => (i + 1) / 14);
  return steps.flatMap((across) =>
    steps.map((down) => {
      const [x, y] = [Math.floor(view.x + across * width), Math.floor(view.y + down * height)];
      return { x, y, u: (x + 0.5 - view.x) / width, v: (y + 0.5 - view.y) / height };
    }),
  );
}

/** Of the canvas, when it has been drawn anew. */
async function coloursAt(page: Page, places: readonly Place[]): Promise<readonly Colour[]> {
  await page.waitForTimeout(300);
  return (await page.evaluate(`(() => {
    const context = document.querySelector(".viewer-canvas").getContext("2d");
    return ${JSON.stringify(places)}.map(({ x, y }) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3));
  })()`)) as Colour[];
}

async function heatMapOfApi(file: string, name: string): Promise<ApiMap> {
  const reader = await openOnnx(
    { file: "model.onnx", bytes: new Uint8Array(model), hasContract: true },
    { threads: 1 },
  );
  const app = await brightnessServer({ model: reader, decodeRadiograph: readRadiograph });
  const headers = { "content-type": "image/png" };
  const reply = await predict(app, { payload: readFileSync(file), headers, query: `?heatmap=values&class=${name}` });
  await app.close();
  await reader.dispose();
  assert.equal(reply.statusCode, 200, reply.body);
  return reply.json().results[0].heatmap;
}

/** Bilinear between the centres of the cells. */
function heatAt({ width, height, values }: ApiMap, u: number, v: number): number {
  const [x, y] = [u * width - 0.5, v * height - 0.5];
  const cell = (column: number, row: number) =>
    values[Math.max(0, Math.min(height - 1, row)) * width + Math.max(0, Math.min(width - 1, column))] as number;
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const upper = cell(left, top) + (cell(left + 1, top) - cell(left, top)) * (x - left);
  const lower = cell(left, top + 1) + (cell(left + 1, top + 1) - cell(left, top + 1)) * (x - left);
  return upper + (lower - upper) * (y - top);
}

const blended = (grey: Colour, heat: number): Colour =>
  heatColour(heat).map((colour, i) => (grey[i] as number) + (colour - (grey[i] as number)) * heatCover(heat));

const farthest = (a: Colour, b: Colour): number => Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));
