// `pneumoscope models`: the registry as a table, or one model layer by layer.
import type { Command } from "commander";
import { parameterCounts, summaryText } from "../../model/summary.js";
import { findModel, zoo } from "../../model/zoo/registry.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import { count } from "../../report/numbers.js";
import { renderPairs, renderTable } from "../table.js";
import { printJson, printLine, type Terminal } from "../terminal.js";

/** Adds the command. */
export function addModelsCommand(program: Command, terminal: Terminal): void {
  program
    .command("models")
    .description("List the models, or show one of them layer by layer")
    .argument("[name]", "a model's name, such as custom")
    .option("--json", "print JSON for machines")
    .addHelpText("after", "\nExamples:\n  pneumoscope models\n  pneumoscope models custom")
    .action((name: string | undefined, options: { json?: true }) => {
      const entries = name === undefined ? zoo : [findModel(name)];
      const [entry] = entries;
      if (options.json === true) printJson(terminal, entries.map(describe));
      else if (name !== undefined && entry !== undefined) printModel(entry, terminal);
      else printModels(entries, terminal);
    });
}

function printModels(entries: readonly ZooEntry[], terminal: Terminal): void {
  const rows = entries.map((entry) => {
    const counts = parameterCounts(entry.build());
    return [entry.id, entry.title, count(counts.total), count(counts.trainable), entry.study.accuracy.toFixed(4)];
  });
  const columns = [
    { title: "--model" },
    { title: "Title" },
    { title: "Parameters", align: "right" },
    { title: "Trainable", align: "right" },
    { title: "Study's accuracy", align: "right" },
  ] as const;
  printLine(terminal, renderTable(columns, rows));
  printLine(
    terminal,
    "\nAccuracy: the study's single run on the 624 official test images; what you measure will differ.",
  );
  printLine(terminal, 'A model layer by layer: "pneumoscope models <name>". Research use only.');
}

function printModel(entry: ZooEntry, terminal: Terminal): void {
  const { imageSize, channels } = entry.input;
  const pairs = [
    ["Model", `${entry.title} (--model ${[entry.id, ...entry.aliases].join(", ")})`],
    ["What", entry.description],
    ["Input", `${imageSize} x ${imageSize} x ${channels}; pixels scaled ${scalingText(entry)}`],
    ["Output", `P(${entry.classes[1]})`],
    ["Origin", entry.origin],
    ["Licence", entry.licence],
    ["Study", `accuracy ${entry.study.accuracy.toFixed(4)} on the 624 official test images, one run`],
  ] as const;
  printLine(terminal, renderPairs(pairs));
  printLine(terminal);
  printLine(terminal, summaryText(entry.build()).trimEnd());
}

function scalingText({ scaling }: ZooEntry): string {
  const { study, sound } = scaling;
  return study.title === sound.title ? study.title : `${sound.title} (protocol study: ${study.title})`;
}

function describe({ build, ...entry }: ZooEntry): object {
  return { ...entry, parameters: parameterCounts(build()) };
}
