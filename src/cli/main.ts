// The command line: which commands there are, in which groups, and how a run ends. Each command is one file in
// commands/; the work is done by the layers below.
import { Command } from "commander";
import { version } from "../index.js";
import { reportFailure } from "./failure.js";
import { columnsOf, foldedHelp } from "./hanging-text.js";
import { outputError, processTerminal, type Terminal, writePatiently } from "./terminal.js";
import { visibleLines } from "./visible.js";

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

type AddCommand = (program: Command, terminal: Terminal) => void;

/** Group by group, in the help's order. A command's file is loaded when it is needed: some bring much with them. */
const commandGroups: Readonly<Record<string, Readonly<Record<string, () => Promise<AddCommand>>>>> = {
  "Train and use:": {
    demo: async () => (await import("./commands/demo.js")).addDemoCommand,
    train: async () => (await import("./commands/train.js")).addTrainCommand,
    compare: async () => (await import("./commands/compare.js")).addCompareCommand,
    evaluate: async () => (await import("./commands/evaluate.js")).addEvaluateCommand,
    predict: async () => (await import("./commands/predict.js")).addPredictCommand,
    serve: async () => (await import("./commands/serve.js")).addServeCommand,
    explain: async () => (await import("./commands/explain.js")).addExplainCommand,
    export: async () => (await import("./commands/export.js")).addExportCommand,
  },
  "Data and models:": {
    data: async () => (await import("./commands/data.js")).addDataCommand,
    models: async () => (await import("./commands/models.js")).addModelsCommand,
    weights: async () => (await import("./commands/weights.js")).addWeightsCommand,
  },
  "This machine:": {
    setup: async () => (await import("./commands/setup.js")).addSetupCommand,
    doctor: async () => (await import("./commands/doctor.js")).addDoctorCommand,
  },
};

/**
 * The command line, printing to `terminal`.
 * @param wanted only this command, when it is one; otherwise all
 */
async function buildProgram(terminal: Terminal, wanted: string | undefined): Promise<Command> {
  const program = new Command("pneumoscope")
    .description(summary)
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "explain the command")
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => terminal.out.write(foldedHelp(visibleLines(text), columnsOf(terminal.out))),
      writeErr: (text) => terminal.err.write(visibleLines(text)),
    })
    .exitOverride()
    .showHelpAfterError('Run the command with "--help" to see what it takes.')
    .addHelpText("after", closing);
  const isCommand = Object.values(commandGroups).some(
    (commands) => wanted !== undefined && Object.hasOwn(commands, wanted),
  );
  for (const [title, commands] of Object.entries(commandGroups)) {
    program.commandsGroup(title);
    for (const [name, load] of Object.entries(commands)) {
      if (isCommand && name !== wanted) continue;
      const add = await load();
      add(program, terminal);
    }
  }
  return program;
}

/**
 * Runs one command line (without the program's name).
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const program = await buildProgram(terminal, args[0]);
    await program.parseAsync(args.length === 0 ? ["--help"] : [...args], { from: "user" });
    return 0;
  } catch (thrown) {
    return reportFailure(thrown, terminal);
  }
}

/**
 * Runs the command line of this process and sets its exit code. Never ends the process by itself: a command whose reader
 * has gone still closes what it has opened, and one that writes files finishes them.
 */
export async function runMain(): Promise<void> {
  const terminal = processTerminal();
  let lost: Error | undefined;
  process.stdout.on("error", (error: Error) => {
    lost ??= error;
  });
  process.stderr.on("error", () => undefined); // nobody is left to tell
  const code = await runCommandLine(process.argv.slice(2), terminal);
  await writePatiently(terminal.out, "").catch(() => undefined); // errors of what was written before are known by now
  process.exitCode = code === 0 && lost !== undefined ? reportFailure(outputError(lost), terminal) : code;
}
