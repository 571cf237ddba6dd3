// The command line: which commands there are, in which groups, and how a run ends. Each command is one file in
// commands/; the work is done by the layers below.
import { Command, CommanderError } from "commander";
import { version } from "../inference.js";
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

interface CommandRow {
  readonly does: string;
  readonly load: () => Promise<(program: Command, terminal: Terminal) => void>;
}

/** Group by group, in the help's order. A command's file is loaded when the command is named: some bring much with them. */
const commandGroups: Readonly<Record<string, Readonly<Record<string, CommandRow>>>> = {
  "Train and use:": {
    demo: {
      does: "Train on synthetic phantoms for a few minutes and write a report: a first look without data",
      load: async () => (await import("./commands/demo.js")).addDemoCommand,
    },
    train: {
      does: "Train a model, evaluate it on the test images and write a report",
      load: async () => (await import("./commands/train.js")).addTrainCommand,
    },
    compare: {
      does: "Train several models, or take finished runs, and compare them on the same test images",
      load: async () => (await import("./commands/compare.js")).addCompareCommand,
    },
    evaluate: {
      does: "Measure a trained model on labelled images, or saved predictions",
      load: async () => (await import("./commands/evaluate.js")).addEvaluateCommand,
    },
    audit: {
      does: "Find out what a trained model's scores depend on beside the lungs",
      load: async () => (await import("./commands/audit.js")).addAuditCommand,
    },
    predict: {
      does: "Score images with a trained model",
      load: async () => (await import("./commands/predict.js")).addPredictCommand,
    },
    serve: {
      does: "Serve a trained model: an HTTP API, and a page that reads images in the browser",
      load: async () => (await import("./commands/serve.js")).addServeCommand,
    },
    explain: {
      does: "Show where a trained model looked: heat maps over radiographs",
      load: async () => (await import("./commands/explain.js")).addExplainCommand,
    },
    recalibrate: {
      does: "Bring a trained model's scores and threshold in line with local patients",
      load: async () => (await import("./commands/recalibrate.js")).addRecalibrateCommand,
    },
    export: {
      does: "Write a trained model for ONNX Runtime, Keras or TensorFlow.js",
      load: async () => (await import("./commands/export.js")).addExportCommand,
    },
  },
  "Tests that can be trusted:": {
    protocol: {
      does: "Freeze what will be trained and how it will be judged, before the test is read",
      load: async () => (await import("./commands/protocol.js")).addProtocolCommand,
    },
    checklists: {
      does: "Fill reporting checklists of a run (CLAIM, TRIPOD+AI, STARD-AI) with the author's answers",
      load: async () => (await import("./commands/checklists.js")).addChecklistsCommand,
    },
    ledger: {
      does: "Show which models have read which test images, and whether that record is whole",
      load: async () => (await import("./commands/ledger.js")).addLedgerCommand,
    },
  },
  "Data and models:": {
    data: {
      does: "Look at a dataset, check it, import it, or make a synthetic one",
      load: async () => (await import("./commands/data.js")).addDataCommand,
    },
    models: {
      does: "List the models, or show one of them layer by layer",
      load: async () => (await import("./commands/models.js")).addModelsCommand,
    },
    weights: {
      does: "List and fetch the pretrained weights that models start from",
      load: async () => (await import("./commands/weights.js")).addWeightsCommand,
    },
  },
  "This machine:": {
    setup: {
      does: "Build the training engine on this machine; only training needs it",
      load: async () => (await import("./commands/setup.js")).addSetupCommand,
    },
    doctor: {
      does: "Show what was found on this machine, what is missing and how to mend it",
      load: async () => (await import("./commands/doctor.js")).addDoctorCommand,
    },
  },
};

/**
 * The command line, printing to `terminal`.
 * @param wanted the command that is run; of the others only the names are there
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
  for (const [title, commands] of Object.entries(commandGroups)) {
    program.commandsGroup(title);
    for (const [name, { does, load }] of Object.entries(commands)) {
      if (name === wanted) (await load())(program, terminal);
      else program.command(name);
      program.commands.at(-1)?.description(does);
    }
  }
  return program;
}

/** What turns errors into words brings much with it, so help and successes do without. */
async function failed(thrown: unknown, terminal: Terminal): Promise<number> {
  // Commander has written its own message (or the help that was asked for) already.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  const { reportFailure } = await import("./failure.js");
  return reportFailure(thrown, terminal);
}

/**
 * Runs one command line (without the program's name).
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const wanted = args.find((arg) => !arg.startsWith("-"));
    const program = await buildProgram(terminal, wanted);
    await program.parseAsync(args.length === 0 ? ["--help"] : [...args], { from: "user" });
    return 0;
  } catch (thrown) {
    return failed(thrown, terminal);
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
  process.exitCode = code === 0 && lost !== undefined ? await failed(outputError(lost), terminal) : code;
}
