// A real Chromium for tests of the page, driven by playwright-core. Tests skip where there is none or the page is not built.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { type Browser, chromium, type Page } from "playwright-core";
import { projectRoot } from "../../support/paths.js";

const places = [
  process.env.PNEUMOSCOPE_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const executable = places.find((path) => path !== undefined && existsSync(path));

/** The built page. */
export const builtPage = join(projectRoot, "dist", "web");

/** For `test(name, { skip: withoutChromium }, …)`. */
export const withoutChromium: string | false =
  executable === undefined
    ? "no Chromium: apt-get install chromium, or set PNEUMOSCOPE_CHROMIUM to its path"
    : !existsSync(join(builtPage, "index.html")) && "the page is not built: npm run build:web";

/** Waits are long, because machines that run all tests at once are slow; nothing waits longer than it must. */
export const patienceMs = 120_000;

export async function launchChromium(): Promise<Browser> {
  if (executable === undefined) throw new Error("asked for a browser where there is none");
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath: executable, args: isRoot ? ["--no-sandbox"] : [], timeout: patienceMs });
}

export interface OpenPageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly query?: string;
}

/** Problems that a test must find empty: errors on the console (refused by the policy, missing files) and uncaught ones. */
export interface OpenedPage {
  readonly page: Page;
  readonly problems: readonly string[];
  /** What the page, its workers and its service worker have asked for so far, as method and URL. */
  readonly requests: readonly string[];
}

/** The page in a context of its own, before its model is open. */
export async function openPage(browser: Browser, url: string, options: OpenPageOptions = {}): Promise<OpenedPage> {
  const { width = 1280, height = 900, query = "" } = options;
  const context = await browser.newContext({ viewport: { width, height }, acceptDownloads: true });
  context.setDefaultTimeout(patienceMs);
  const requests: string[] = [];
  context.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(url + query);
  return { page, problems, requests };
}

export async function waitForModel(page: Page): Promise<void> {
  await page.locator(".model-status.is-open").waitFor();
}

export async function chooseFiles(page: Page, files: Parameters<Page["setInputFiles"]>[1]): Promise<void> {
  await page.locator("input[data-choice=files]").setInputFiles(files);
}

/** Waits for an expression to be true in the page. By asking again, for the page's policy forbids what playwright does. */
export async function waitUntil(page: Page, expression: string, everyMs = 50): Promise<void> {
  const endMs = Date.now() + patienceMs;
  // A page that is just being left for another has no answer.
  const ask = () => page.evaluate(`Boolean(${expression})`).catch(() => false);
  while ((await ask()) !== true) {
    if (Date.now() > endMs) throw new Error(`waited in vain for ${expression}`);
    await page.waitForTimeout(everyMs);
  }
}

/** Until the page's files, the runtime and the model are kept; they are used before that. */
export async function waitForCopies(page: Page): Promise<void> {
  const places = [/\/index\.html$/, /\/page\.json$/, /\/model\.onnx$/, /\/ort-.*\.wasm$/, /\/ort-.*\.mjs$/];
  for (;;) {
    const kept = (await page.evaluate(`(async () => {
      const kept = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
      return kept.flat().map(({ url }) => url);
    })()`)) as string[];
    if (places.every((place) => kept.some((url) => place.test(url)))) return;
    await page.waitForTimeout(50);
  }
}

/** Until every file of the table has a result. */
export async function waitForAll(page: Page): Promise<void> {
  await waitUntil(page, "document.querySelector('.file-table .is-waiting, .file-table .is-scoring') === null");
}

/** The shown score, as precisely as the model gave it. */
export async function shownScore(page: Page): Promise<number> {
  return Number(await page.locator("[data-testid=score]").getAttribute("data-score"));
}

export type SavedRow = Readonly<Record<"path" | "score" | "label" | "threshold" | "error" | "message", string>>;

/** The table as the page saves it. */
export async function savedRows(page: Page): Promise<readonly SavedRow[]> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save as CSV" }).click(),
  ]);
  return parse(readFileSync(await download.path(), "utf8"), { columns: true });
}
