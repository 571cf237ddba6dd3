// Ends the program with SIGKILL, as a power cut would, the moment that a file has a number of rows: by its own hand, so that
// no busy machine lets it come further.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { join, relative } from "node:path";
import { projectRoot } from "./paths.js";

/** Loaded into the program before anything else. Files of a run get their names by `rename`. */
const preload = `
import fs from "node:fs/promises";
import { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const { rename } = fs;
fs.rename = async (from, to) => {
  await rename(from, to);
  const isFile = String(to) === process.env.TEST_KILLED_BY;
  if (isFile && readFileSync(to, "utf8").trim().split("\\n").length > Number(process.env.TEST_KILLED_AT_ROW)) {
    process.kill(process.pid, "SIGKILL");
    await new Promise(() => undefined);
  }
};
syncBuiltinESMExports();
`;

/**
 * Runs the program until `file`, a table with a line of names, has so many rows.
 * @param file absolute path
 * @throws when the program ends by itself
 */
export async function runUntilKilled(args: readonly string[], cwd: string, file: string, rows: number): Promise<void> {
  // The program has its working directory's own name, which on some machines is not that of the temporary folder.
  const named = join(realpathSync(cwd), relative(cwd, file));
  const child = spawn(
    process.execPath,
    [
      "--import",
      `data:text/javascript,${encodeURIComponent(preload)}`,
      join(projectRoot, "bin", "pneumoscope.js"),
      ...args,
    ],
    {
      cwd,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, TEST_KILLED_BY: named, TEST_KILLED_AT_ROW: `${rows}` },
    },
  );
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    told += text;
  });
  const [, signal] = await once(child, "close");
  if (signal !== "SIGKILL") throw new Error(`the program ended before ${file} had ${rows} rows: ${told}`);
}
