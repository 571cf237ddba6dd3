// examples/browser as somebody's application: its types compile, Vite builds it, and in Chromium it gives Node's scores.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { build } from "vite";
import { golden, projectRoot } from "../support/paths.js";
import { builtPage, launchChromium, openPage, withoutChromium } from "./support/chromium.js";
import { nodeScorer } from "./support/node-score.js";
import { pageModel } from "./support/page-model.js";
import { startHost } from "./support/static-host.js";

const example = join(projectRoot, "examples", "browser");
const folder = mkdtempSync(join(tmpdir(), "pneumoscope-example-"));
after(() => rmSync(folder, { recursive: true }));

/** Two builds of one runtime: the last digits of a float32 may differ. */
const scoreTolerance = 1e-5;

test("the example's types compile, the library's declarations included", async () => {
  const settings = {
    extends: join(example, "tsconfig.json"),
    compilerOptions: {
      paths: { "pneumoscope/browser": [join(projectRoot, "dist", "src", "browser.d.ts")] },
      typeRoots: [join(projectRoot, "node_modules", "@types")],
      types: [join(projectRoot, "node_modules", "vite", "client")],
      skipLibCheck: false,
    },
    include: [join(example, "src")],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
  const tsc = join(projectRoot, "node_modules", "typescript", "bin", "tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", folder]).catch((failed) => failed);
  assert.equal(stdout, "");
});

test("a JPEG and a DICOM get Node's scores in a React application", { skip: withoutChromium }, async () => {
  await build({
    root: example,
    base: "./",
    logLevel: "error",
    resolve: { alias: { "pneumoscope/browser": join(builtPage, "library", "browser.js") } },
    build: { outDir: join(folder, "built"), emptyOutDir: true, reportCompressedSize: false },
  });
  const model = pageModel();
  const node = await nodeScorer(model);
  const host = await startHost(model, "bare", join(folder, "built"));
  const browser = await launchChromium();
  try {
    const { page, problems } = await openPage(browser, host.url);
    const files = [golden("opencv", "grey.jpg"), golden("dicom", "jpeg-2000.dcm"), join(example, "package.json")];
    await page.locator("input[type=file]").setInputFiles(files);
    await page.getByText("package.json: must be a JPEG, PNG or DICOM image.").waitFor();
    for (const [name, path] of [
      ["grey.jpg", files[0]],
      ["jpeg-2000.dcm", files[1]],
    ] as const) {
      const shown = page.locator(`article[data-name="${name}"]`);
      const score = Number(await shown.getAttribute("data-score"));
      const difference = Math.abs(score - (await node.score(readFileSync(path as string))));
      assert.ok(difference <= scoreTolerance, `${name}: ${difference}`);
      assert.equal(await shown.getByTitle(name).count(), 1);
    }
    assert.deepEqual(problems, []);
    assert.deepEqual(host.uploads, []);
  } finally {
    await browser.close();
    await host.close();
    await node.close();
  }
});
