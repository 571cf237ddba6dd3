// examples/scale/*.sbatch in a real Slurm, where one is installed: an array of two tasks, of which one is killed and requeued.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { synthesise } from "../src/dataset/synthesise.js";
import { trainAndCompare } from "../src/index.js";
import { resultCells } from "../src/inference/result-csv.js";
import { findImages, openClassifier } from "../src/inference.js";
import { writeBrightnessModel, writeFlatImage } from "./support/brightness-model.js";
import { freePort } from "./support/free-port.js";
import { projectRoot } from "./support/paths.js";
import { type Slurm, startSlurm, withoutSlurm } from "./support/slurm.js";

const skip = withoutSlurm();
const folder = mkdtempSync(join(tmpdir(), "slurm-"));
const at = (...parts: string[]) => join(folder, ...parts);
const script = (name: string) => join(projectRoot, "examples", "scale", name);
let slurm: Slurm | undefined;

before(async () => {
  if (skip !== false) return;
  for (const name of ["bin", "slurm", "work"]) mkdirSync(at(name));
  symlinkSync(join(projectRoot, "bin", "pneumoscope.js"), at("bin", "pneumoscope"));
  const path = [at("bin"), process.env.PATH].join(delimiter);
  slurm = await startSlurm(at("slurm"), { ...process.env, PATH: path, PWD: at("work") });
});

after(async () => {
  await slurm?.stop();
  rmSync(folder, { recursive: true });
});

/** Tasks of an array as a site would submit them; here each gets one processor and a log of its own. */
const submit = (...args: string[]) =>
  (slurm as Slurm).command("sbatch", "--parsable", "--cpus-per-task=1", "--mem-per-cpu=1500M", ...args).trim();
const logsOf = (job: string) =>
  readdirSync(at("work"))
    .filter((name) => name.includes(job))
    .map((name) => readFileSync(at("work", name), "utf8"))
    .join("\n");

test("compare.sbatch: two trainings, one killed and requeued, then the comparison; scores are those of one process", {
  skip,
}, async () => {
  const { command, finished } = slurm as Slurm;
  const few = { normal: 6, pneumonia: 6 };
  await synthesise(at("work", "phantoms"), {
    counts: { train: { normal: 24, pneumonia: 24 }, val: few, test: few },
    size: 64,
  });
  const settings = { imageSize: 32, batch: 8, epochs: 12, threads: 1 };
  const asked = [
    "--models=custom",
    "--data=phantoms",
    "--seeds=2",
    "--image-size=32",
    "--batch=8",
    "--epochs=12",
    "--out=array",
  ];
  const array = submit("--array=1-2", script("compare.sbatch"), ...asked);

  const second = at("work", "array", "runs", "custom-sound-seed2");
  for (let looks = 0; !existsSync(join(second, "history.csv")) && looks < 1200; looks++) await wait(100);
  const { pid } = JSON.parse(readFileSync(join(second, ".lock"), "utf8"));
  process.kill(pid, "SIGKILL");
  for (
    let looks = 0;
    command("squeue", "--noheader", `--job=${array}_2`, "--states=all", "--format=%T").trim() !== "FAILED";
    looks++
  ) {
    assert.ok(looks < 100, logsOf(array));
    await wait(200);
  }
  await wait(1500); // until slurmd has put the killed task away: requeued sooner, the next one fails at once
  command("scontrol", "requeue", `${array}_2`);
  // By itself Slurm would wait two minutes.
  command("scontrol", "update", `JobId=${array}_2`, "StartTime=now");
  // Not before: it would start as soon as the array has ended, killed task and all, and train what is missing itself.
  const gathering = submit(`--dependency=afterany:${array}`, script("compare.sbatch"), ...asked);
  await finished();
  assert.match(logsOf(array), /Continuing Custom CNN/);
  assert.match(logsOf(gathering), /2 runs of 2 finished before[\s\S]*Comparison: {2}array\/comparison\.html/);

  const data = { data: "phantoms", models: ["custom"], seeds: [1, 2], ...settings };
  const { page } = await trainAndCompare(data, { folder: "straight", cwd: at("work") });
  assert.ok(page);
  for (const seed of [1, 2]) {
    const scores = (of: string) =>
      readFileSync(at("work", of, "runs", `custom-sound-seed${seed}`, "predictions.csv"), "utf8");
    assert.equal(scores("array"), scores("straight"));
  }
});

test("train.sbatch: two tasks of one step are one training, with the weights of torchrun's two", { skip }, async () => {
  const few = { normal: 6, pneumonia: 6 };
  await synthesise(at("work", "shared"), {
    counts: { train: { normal: 24, pneumonia: 24 }, val: few, test: few },
    size: 64,
  });
  const asked = [
    "--data=shared",
    "--model=custom",
    "--image-size=32",
    "--batch=4",
    "--epochs=2",
    "--precision=float32",
  ];
  const job = submit("--ntasks=2", "--ntasks-per-node=2", script("train.sbatch"), "two", ...asked);
  await (slurm as Slurm).finished();
  assert.match(logsOf(job), /Report: {2}two\/report\.html/);
  assert.match(logsOf(job), /Process 1 of 2 is here \(Slurm\)/);

  const bin = join(projectRoot, "bin", "pneumoscope.js");
  const port = `${await freePort()}`;
  const shared = {
    ...process.env,
    WORLD_SIZE: "2",
    LOCAL_WORLD_SIZE: "2",
    MASTER_ADDR: "127.0.0.1",
    MASTER_PORT: port,
  };
  const started = (rank: string) =>
    promisify(execFile)(process.execPath, [bin, "train", ...asked, "--threads=1", "--out=torchrun"], {
      cwd: at("work"),
      env: { ...shared, RANK: rank, LOCAL_RANK: rank },
    });
  await Promise.all(["0", "1"].map(started));
  const scores = (run: string) => readFileSync(at("work", run, "predictions.csv"), "utf8");
  assert.equal(scores("two"), scores("torchrun"));
});

test("predict.sbatch: shards, joined, are the whole", { skip }, async () => {
  await writeBrightnessModel(at("work", "model.h5"), { threshold: 0.5 });
  for (let i = 0; i < 10; i++) await writeFlatImage(at("work", "scans", `${i}.png`), i * 25);
  const array = submit("--array=1-2", script("predict.sbatch"), "scores", "scans", "--model", "model.h5");
  await (slurm as Slurm).finished();
  const joined = [1, 2].map((number) => readFileSync(at("work", "scores", `${number}.csv`), "utf8")).join("");
  const [, ...lines] = joined.trimEnd().split("\n");
  assert.equal(lines.length, 10, logsOf(array));
  await using model = await openClassifier(at("work", "model.h5"), { heatMaps: false });
  const images = await findImages(["scans"], { cwd: at("work") });
  for await (const result of model.predict(images)) assert.equal(lines.shift(), resultCells(result).join(","));
});
