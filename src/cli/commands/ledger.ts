// `pneumoscope ledger`: which models have read which test sets.
import { relative } from "node:path";
import type { Command } from "commander";
import { AppError, readTestLedger } from "../../index.js";
import { counted } from "../numbers.js";
import { renderTable } from "../table.js";
import { printJson, printLine, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

const examples = `
Each time a model scores labelled images (train, evaluate, recalibrate) a line is added: the images' fingerprint, the model, when, with which
settings; no path, no name of an image. Lines are chained by checksums, so that one that is changed or removed shows.

Examples:
  pneumoscope ledger
  pneumoscope ledger runs/custom-sound-2026-11-23-1

Exit code 1 where the chain is broken.`;

/** Adds the command. */
export function addLedgerCommand(program: Command, terminal: Terminal): void {
  program
    .command("ledger")
    .argument("[run]", "a run's folder, for its own ledger (default: the one beside the decoded images, of all models)")
    .option("--cache <folder>", "where decoded images are kept", ".cache/pneumoscope")
    .option("--json", "print JSON for machines")
    .addHelpText("after", examples)
    .action(async (run: string | undefined, options: { readonly cache: string; readonly json?: true }) => {
      const ledger = await readTestLedger(run, { cacheFolder: options.cache, cwd: terminal.cwd });
      const place = visible(relative(terminal.cwd, ledger.path));
      if (options.json === true) printJson(terminal, ledger);
      else if (ledger.sets.length === 0) printLine(terminal, `No test set was read, as far as ${place} knows.`);
      else for (const set of ledger.sets) printLine(terminal, setText(set));
      if (ledger.broken === null) return;
      throw new AppError("LEDGER_BROKEN", {
        place: `${place}, line ${ledger.broken.line}`,
        rule: "each line should be as it was written, behind the line it was written behind",
        received: ledger.broken.reason,
        remedy: "Restore the file; where that cannot be, readings from there on may be missing",
      });
    });
}

type LedgerOfTest = Awaited<ReturnType<typeof readTestLedger>>["sets"][number];

function setText({ sha256, images, readings, protocols }: LedgerOfTest): string {
  const models = new Set(readings.map(({ model }) => model.id)).size;
  const entries = [
    ...readings.map(({ at, by, model, threshold }) => [
      at,
      by,
      `${model.title} (${model.id.slice(0, 8)})`,
      threshold === null ? "" : `${threshold.value}, ${threshold.origin}`,
    ]),
    ...protocols.map(({ at, protocol }) => [
      at,
      "protocol frozen",
      counted(protocol.trainings.length, "training", "trainings"),
      `sha256 ${protocol.sha256.slice(0, 12)}`,
    ]),
  ].sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  const columns = [{ title: "When" }, { title: "What" }, { title: "Model" }, { title: "Threshold" }] as const;
  const rows = entries.map((cells) => cells.map((cell) => visible(cell)));
  const title = `Test set ${sha256.slice(0, 12)}, ${counted(images, "image", "images")}: ${counted(readings.length, "reading", "readings")} by ${counted(models, "model", "models")}`;
  return `${title}\n${renderTable(columns, rows)}\n`;
}
