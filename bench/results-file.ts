// Rows of measurements, appended to a CSV under bench/results with what makes them comparable: date, commit, machine.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { writeFileAtomically } from "../src/core/atomic-file.js";
import { packageRoot } from "../src/core/package.js";
import { examineProcessor } from "../src/machine/processor.js";

export type Row = Readonly<Record<string, string | number>>;

/** Adds rows to bench/results/`name`.csv; columns come from the first row ever written. Returns the file's path. */
export async function appendResults(name: string, rows: readonly Row[]): Promise<string> {
  const path = join(packageRoot(), "bench", "results", `${name}.csv`);
  const before: Row[] = existsSync(path) ? parse(readFileSync(path, "utf8"), { columns: true }) : [];
  const { model, threads } = await examineProcessor();
  const stamp = {
    date: new Date().toISOString().slice(0, 10),
    commit: currentCommit(),
    processor: model,
    cores: threads,
  };
  const added = rows.map((row) => ({ ...stamp, ...row }));
  await writeFileAtomically(path, stringify([...before, ...added], { header: true }));
  return path;
}

function currentCommit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: packageRoot(), encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
