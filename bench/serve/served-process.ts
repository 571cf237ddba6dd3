// The server under test as a process of its own, with what it needs where nothing else is named: a small model with made-up
// weights, and phantoms as JPEGs. How much memory it and its children take is read from /proc (Linux).
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { synthesise } from "../../src/dataset/synthesise.js";
import { pageModel } from "../../test/web/support/page-model.js";

export interface ServedProcess {
  /** "http://127.0.0.1:…"; it listens on every address of this machine's loopback network. */
  readonly address: string;
  readonly model: string;
  readonly pid: number;
  /** MiB of it and its children now; NaN where there is no /proc. */
  residentMiB(): number;
  hasEnded(): boolean;
  stop(): Promise<void>;
}

export interface ServedOptions {
  readonly model: string;
  /** Another build's dist folder, for comparing; this one when absent. */
  readonly build?: string | undefined;
}

export async function startServed({ model, build }: ServedOptions): Promise<ServedProcess> {
  const child = fork(fileURLToPath(new URL("./serve-child.js", import.meta.url)), [model, build ?? ""]);
  const ended = once(child, "exit");
  const [told] = (await Promise.race([
    once(child, "message"),
    ended.then(() => Promise.reject(new Error("the server ended before it listened"))),
  ])) as [{ address: string; model: string }];
  const pid = child.pid as number;
  return {
    ...told,
    pid,
    residentMiB: () => treeOf(pid).reduce((sum, id) => sum + residentMiBOf(id), 0),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** The custom CNN with weights that nobody trained: as fast as a trained one. */
export function writeModel(): string {
  const path = join(mkdtempSync(join(tmpdir(), "pneumoscope-bench-")), "model.onnx");
  writeFileSync(path, pageModel());
  return path;
}

/** @param folder of JPEGs; phantoms of about the size of radiographs when absent */
export async function readImages(folder: string | undefined): Promise<readonly Buffer[]> {
  const place = folder ?? join(mkdtempSync(join(tmpdir(), "pneumoscope-bench-")), "phantoms");
  if (folder === undefined) {
    const some = { normal: 4, pneumonia: 8 };
    await synthesise(place, { size: 1100, counts: { train: some, val: some, test: some } });
  }
  const names = readdirSync(place, { recursive: true, encoding: "utf8" }).filter((name) => /\.jpe?g$/i.test(name));
  return names.slice(0, 64).map((name) => readFileSync(join(place, name)));
}

function treeOf(pid: number): readonly number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const children = tasks.flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim().split(" "),
    );
    return [pid, ...children.filter((id) => id !== "").flatMap((id) => treeOf(Number(id)))];
  } catch {
    return [pid];
  }
}

function residentMiBOf(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return process.platform === "linux" ? 0 : Number.NaN;
  }
}
