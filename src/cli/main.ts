// The command line: which commands there are, in which groups, and how a run ends. Each command is one file in
// commands/; the work is done by the layers below.
import { Command } from "commander";
import { AppError } from "../core/errors.js";
import { addCompareCommand } from "./commands/compare.js";
import { addDataCommand } from "./commands/data.js";
import { addDemoCommand } from "./commands/demo.js";
import { addDoctorCommand } from "./commands/doctor.js";
import { addEvaluateCommand } from "./commands/evaluate.js";
import { addExplainCommand } from "./commands/explain.js";
import { addExportCommand } from "./commands/export.js";
import { addModelsCommand } from "./commands/models.js";
import { addPredictCommand } from "./commands/predict.js";
import { addTrainCommand } from "./commands/train.js";
import { addWeightsCommand } from "./commands/weights.js";
import { reportFailure } from "./failure.js";
import { packageVersion } from "./package.js";
import { processTerminal, type Terminal } from "./terminal.js";

const summary = `Train, evaluate and use CNNs that detect pneumonia in chest X-rays.
Research use only: not a medical device.`;

const closing = `
First steps:
  pneumoscope doctor                       is everything there?
  pneumoscope demo                         a whole training on synthetic phantoms
  pneumoscope data check chest_xray        look at a dataset
  pneumoscope train --data chest_xray      train on it, to the report
  pneumoscope predict scans/ --model runs/custom-sound-2026-11-23-1

"pneumoscope <command> --help" explains a command. In a checkout write "npx pneumoscope" for "pneumoscope".
Exit codes: 0 done, 1 failed, 2 wrong command line, 130 stopped with Ctrl-C.`;

/** The whole command line, printing to `terminal`. */
export function buildProgram(terminal: Terminal): Command {
  const program = new Command("pneumoscope")
    .description(summary)
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "explain the command")
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
    })
    .exitOverride()
    .showHelpAfterError('Run the command with "--help" to see what it takes.')
    .addHelpText("after", closing);

  program.commandsGroup("Train and use:");
  addDemoCommand(program, terminal);
  addTrainCommand(program, terminal);
  addCompareCommand(program, terminal);
  addEvaluateCommand(program, terminal);
  addPredictCommand(program, terminal);
  addExplainCommand(program, terminal);
  addExportCommand(program, terminal);

  program.commandsGroup("Data and models:");
  addDataCommand(program, terminal);
  addModelsCommand(program, terminal);
  addWeightsCommand(program, terminal);

  program.commandsGroup("This machine:");
  addDoctorCommand(program, terminal);

  return program;
}

/**
 * Runs one command line (without the program's name).
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await buildProgram(terminal).parseAsync(args.length === 0 ? ["--help"] : [...args], { from: "user" });
    return 0;
  } catch (thrown) {
    return reportFailure(thrown, terminal);
  }
}

/** Runs the command line of this process and sets its exit code. */
export async function runMain(): Promise<void> {
  const terminal = processTerminal();
  process.stdout.on("error", (error: NodeJS.ErrnoException) =>
    process.exit(reportFailure(outputError(error), terminal)),
  );
  process.stderr.on("error", () => undefined); // nobody is left to tell
  process.exitCode = await runCommandLine(process.argv.slice(2), terminal);
}

/** A pipe whose reader has closed it (`pneumoscope models | head -1`) is no failure; a full disk is. */
function outputError(error: NodeJS.ErrnoException): Error {
  if (error.code === "EPIPE") return error;
  const message = `standard output: cannot be written: ${error.message}. Free space or write to another place.`;
  return new AppError("FILE_UNWRITABLE", message, { cause: error });
}
