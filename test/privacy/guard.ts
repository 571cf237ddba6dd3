// Runs a program under guard.c and says what it looked up, connected to and wrote. Compiled with the system's compiler into
// a temporary folder, so that set-up builds nothing that only this test needs.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { projectRoot } from "../support/paths.js";

const compiler = process.env.CC ?? "cc";

/** For `test(name, { skip: withoutGuard }, …)`. */
export const withoutGuard: string | false =
  process.platform !== "linux"
    ? "programs are watched through LD_PRELOAD, which is Linux's"
    : spawnSync(compiler, ["--version"]).status !== 0 && `no C compiler: "${compiler} --version" fails`;

/** What a program and its children did, each thing once, sorted. */
export interface Trace {
  readonly lookups: readonly string[];
  readonly connections: readonly string[];
  /** Absolute paths. */
  readonly writes: readonly string[];
}

export interface Guarded {
  readonly child: ChildProcess;
  /** What it printed so far, both streams. */
  readonly printed: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly trace: Trace }>;
}

/** Folders of their own for everything that a program may take for granted. Close it in the end. */
export class GuardedPlace {
  readonly root = mkdtempSync(join(tmpdir(), "pneumoscope-guard-"));
  readonly work = join(this.root, "work");
  readonly home = join(this.root, "home");
  readonly temporary = join(this.root, "tmp");
  readonly #library = join(this.root, "guard.so");
  readonly #children: ChildProcess[] = [];

  /** @throws when the library cannot be compiled */
  constructor() {
    for (const folder of [this.work, this.home, this.temporary]) mkdirSync(folder);
    const source = join(projectRoot, "test", "privacy", "guard.c");
    const warnings = ["-Wall", "-Wextra", "-Werror"];
    const made = spawnSync(compiler, [...warnings, "-O1", "-shared", "-fPIC", source, "-o", this.#library, "-ldl"], {
      encoding: "utf8",
    });
    if (made.status !== 0) throw new Error(`guard.c: ${made.stderr}`);
  }

  /** Ends what still runs, and removes the folders. */
  close(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.root, { recursive: true });
  }

  /** Runs Node.js in the working folder. */
  node(args: readonly string[]): Guarded {
    const log = join(this.root, `${this.#children.length}.log`);
    const child = spawn(process.execPath, args, { cwd: this.work, env: this.#environment(log), stdio: "pipe" });
    this.#children.push(child);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        text += String(chunk);
      });
    }
    const ended = once(child, "close").then(([code]) => ({ code: code as number | null, trace: readTrace(log) }));
    return { child, printed: () => text, ended };
  }

  /** Nothing of the caller's: under CI's variables ONNX Runtime would keep quiet, and with its switch set as well. */
  #environment(log: string): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.home,
      TMPDIR: this.temporary,
      LD_PRELOAD: this.#library,
      PNEUMOSCOPE_GUARD_LOG: log,
      UV_USE_IO_URING: "0", // its writes would pass libc by
    };
  }
}

function readTrace(log: string): Trace {
  const lines = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
  const of = (kind: string) => {
    const found = lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
    return [...new Set(found)].sort();
  };
  return { lookups: of("lookup"), connections: of("connect"), writes: of("write").map((path) => normalize(path)) };
}
