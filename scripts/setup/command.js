// Running other programs with their output captured.
import { spawn } from "node:child_process";

/**
 * @typedef {object} CommandResult
 * @property {number} code exit code; 127 when the program does not exist
 * @property {string} output stdout (and stderr after it)
 * @property {string} stdout
 */

/**
 * Runs a program and waits. Never throws for a failing or missing program: look at `code`.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<CommandResult>}
 */
export function run(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", (error) => resolve({ code: 127, output: error.message, stdout: "" }));
    child.on("close", (code) => resolve({ code: code ?? 1, output: stdout + stderr, stdout }));
  });
}

/**
 * The last lines of a program's output, for a message.
 * @param {string} output
 * @param {number} [count]
 */
export function lastLines(output, count = 15) {
  return output.trimEnd().split("\n").slice(-count).join("\n");
}
