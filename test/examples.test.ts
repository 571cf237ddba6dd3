// The programs in examples/, run as they are on tiny data.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openAsBlob, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { synthesise } from "../src/dataset/synthesise.js";
import { brightnessScore, writeBrightnessModel, writeFlatImage } from "./support/brightness-model.js";
import { projectRoot } from "./support/paths.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-examples-"));
const model = join(folder, "model.h5");
const scans = join(folder, "scans");
const compiled = (name: string): string => join(projectRoot, "dist", "examples", name);
const deno = join(projectRoot, "node_modules", "deno", "bin.cjs");
/** As the examples show it. */
const bright = brightnessScore(220).toFixed(3);

before(async () => {
  await writeBrightnessModel(model, { threshold: 0.5 });
  await writeFlatImage(join(scans, "bright.jpeg"), 220);
  await writeFlatImage(join(scans, "dark.png"), 20);
});
after(() => rmSync(folder, { recursive: true }));

const start = (...args: string[]) =>
  spawn(process.execPath, args, { cwd: projectRoot, stdio: ["ignore", "pipe", "pipe"] });

async function run(...args: string[]): Promise<string> {
  const child = start(...args);
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 0, `${args.join(" ")}\n${out}\n${err}`);
  return out;
}

test("predict.ts scores every image and says what speaks against the scores", async () => {
  const out = await run(compiled("predict.js"), model, scans);
  assert.match(out, new RegExp(`bright.jpeg: ${bright} PNEUMONIA\n {2}There is hardly any contrast`));
  assert.match(out, /dark.png: 0.074 NORMAL/);
});

test("train-with-progress.ts trains, and started again it gives the finished run", async () => {
  const data = join(folder, "phantoms");
  const few = { normal: 6, pneumonia: 6 };
  await synthesise(data, { counts: { train: { normal: 24, pneumonia: 24 }, val: few, test: few }, size: 64 });
  const settings = JSON.stringify({ epochs: 2, imageSize: 32, batch: 8, threads: 1 });
  const command = [compiled("train-with-progress.js"), data, join(folder, "run"), settings] as const;
  const out = await run(...command);
  assert.match(out, /images train, \d+ validate\nepoch 1: loss \d.\d{3}, validation AUC .+ s\nepoch 2: /);
  const report = out.trim().split("\n").at(-1) ?? "";
  assert.ok(existsSync(report), `${report} is there`);
  assert.doesNotMatch(await run(...command), /epoch 1/);
});

test("own-server.ts serves scores below its prefix beside its own route", async () => {
  const child = start(compiled("own-server.js"), model, "0");
  try {
    const [line] = await once(child.stdout, "data");
    const address = String(line).trim();
    assert.deepEqual(await (await fetch(address)).json(), { serves: "Brightness", at: "/xray/v1/predict" });
    const body = new FormData();
    body.append("files", await openAsBlob(join(scans, "bright.jpeg")), "bright.jpeg");
    const answer = await fetch(`${address}/xray/v1/predict`, { method: "POST", body });
    const { results } = (await answer.json()) as { results: { name: string; score: number }[] };
    assert.equal(results[0]?.name, "bright.jpeg");
    assert.equal(results[0]?.score.toFixed(3), bright);
  } finally {
    child.kill("SIGTERM");
  }
  assert.deepEqual(await once(child, "close"), [0, null]);
});

test("deno/scores.ts looks at a folder in Deno", {
  skip: existsSync(deno) ? false : "the npm package deno is not installed",
}, async () => {
  const script = join("examples", "deno", "scores.ts");
  const out = await run(deno, "run", "-A", "--node-modules-dir=manual", script, model, scans);
  assert.match(out, /^Brightness, threshold 0.5 \(youden\)\n0.0 to 0.1 {2}# 1\n/);
  assert.match(out, /0.8 to 0.9 {2}# 1\n/);
  assert.match(out, /LOW_CONTRAST/);
});
