// Nothing is run through sudo before somebody has allowed it, and root's set-up goes on without a question.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../../src/core/package.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-consent-"));
after(() => rmSync(folder, { recursive: true }));
const setUp = (name: string) => pathToFileURL(join(packageRoot(), "scripts", "setup", name)).href;
const log = join(folder, "ran");

/** Stands for sudo: writes down what it was to run. */
const recorder = join(folder, "recorder");
writeFileSync(recorder, `#!/bin/sh\necho "$@" >> ${log}\n`);
chmodSync(recorder, 0o755);

const install = `
  import { aptInstall } from ${JSON.stringify(setUp("system-packages.js"))};
  try {
    await aptInstall(["some-package"], "a test", [process.argv[2], ...process.argv.slice(3)]);
    console.log("INSTALLED");
  } catch (error) {
    console.log("REFUSED", error.message, error.why, error.fix);
  }`;
const script = join(folder, "install.mjs");
writeFileSync(script, install);

function ran(): string {
  const text = existsSync(log) ? readFileSync(log, "utf8") : "";
  rmSync(log, { force: true });
  return text;
}

const withoutTerminal = (prefix: readonly string[], env: Record<string, string> = {}): string =>
  spawnSync(process.execPath, [script, ...prefix], {
    env: { ...process.env, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).stdout;

test("without a terminal and without a yes, sudo is never run, and the message says how to allow it", () => {
  const said = withoutTerminal([recorder, "sudo"]);
  assert.match(said, /not asked, for want of a terminal: sudo apt-get install some-package: needed for a test/);
  assert.match(said, /REFUSED some-package is not installed\..*PNEUMOSCOPE_SETUP_YES=1/);
  assert.equal(ran(), "");
});

test("the environment variable is a yes", () => {
  assert.match(withoutTerminal([recorder, "sudo"], { PNEUMOSCOPE_SETUP_YES: "1" }), /INSTALLED/);
  assert.match(ran(), /^sudo apt-get update -q\nsudo .*apt-get install -y .*some-package\n$/);
});

test("root, who needs no sudo, is not asked", () => {
  assert.match(withoutTerminal([recorder]), /INSTALLED/);
  assert.match(ran(), /install -y .*some-package/);
});

test("a caller's own question is asked once, with packages and purpose, and its answer holds", async () => {
  const { withConsent, mayInstall } = await import(setUp("consent.js"));
  const request = { packages: ["a", "b"], purpose: "c" };
  for (const answer of [true, false]) {
    const asked: unknown[] = [];
    const ask = async (one: unknown) => {
      asked.push(one);
      return answer;
    };
    await withConsent(ask, async () => {
      assert.equal(await mayInstall(request, ["sudo"]), answer);
      assert.equal(await mayInstall(request, ["sudo"]), answer);
      assert.equal(await mayInstall(request, ["env"]), true);
    });
    assert.deepEqual(asked, [request]);
  }
});

/** script(1) gives a program a terminal. */
const hasScript = spawnSync("script", ["--version"]).status === 0;

for (const [typed, said] of [
  ["y", "INSTALLED"],
  ["n", "REFUSED"],
  ["", "REFUSED"],
] as const) {
  test(`on a terminal, "${typed}" is ${said}`, { skip: !hasScript && "script(1) is not here" }, async () => {
    const command = [process.execPath, script, recorder, "sudo"].map((word) => `'${word}'`).join(" ");
    const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      const isFirst = !text.includes("[y/N]");
      text += String(chunk);
      if (isFirst && text.includes("[y/N]")) child.stdin.write(`${typed}\n`);
    });
    await new Promise((resolve) => child.on("close", resolve));
    assert.match(text, /sudo apt-get install some-package: needed for a test\. Install\? \[y\/N\]/);
    assert.match(text, new RegExp(said));
    assert.equal(ran() !== "", said === "INSTALLED");
  });
}
