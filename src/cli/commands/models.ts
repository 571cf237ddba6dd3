// `pneumoscope models`: the registry as a table, or one model layer by layer.
import type { Command } from "commander";
import type { ModelGraph } from "../../model/model-graph.js";
import { parameterCounts, summaryText } from "../../model/summary.js";
import { withTrainablePart } from "../../model/trainable-part.js";
import { findModel, zoo } from "../../model/zoo/registry.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import { count } from "../numbers.js";
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
    const { trainable, nonTrainable, total } = parameterCounts(asTrained(entry));
    return [
      entry.id,
      count(trainable),
      count(nonTrainable),
      count(total),
      weightsText(entry),
      entry.study.accuracy.toFixed(4),
    ];
  });
  const columns = [
    { title: "--model" },
    { title: "Trainable", align: "right" },
    { title: "Non-trainable", align: "right" },
    { title: "Total", align: "right" },
    { title: "Weights" },
    { title: "Accuracy", align: "right" },
  ] as const;
  printLine(terminal, renderTable(columns, rows));
  printLine(terminal, "\nParameters: with the layers frozen that the study freezes, as is the default.");
  printLine(terminal, "Weights: what a training starts from; what is added to them starts at random.");
  printLine(terminal, "Accuracy: the study's single run on the 624 official test images; yours will differ.");
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
    ["Weights", weightsText(entry)],
    ["Learns", trainingText(entry)],
    ["Study", `accuracy ${entry.study.accuracy.toFixed(4)} on the 624 official test images, one run`],
  ] as const;
  printLine(terminal, renderPairs(pairs));
  printLine(terminal);
  printLine(terminal, summaryText(asTrained(entry)).trimEnd());
}

/** With the layers frozen that the default protocol freezes. */
function asTrained(entry: ZooEntry): ModelGraph {
  return withTrainablePart(entry.build(), entry.transfer.sound.trainable, entry.firstHeadLayer);
}

function weightsText({ pretrained, transfer }: ZooEntry): string {
  if (pretrained === null) return "random";
  return transfer.study.weights === "random" ? `${pretrained.title} (study: random)` : pretrained.title;
}

function trainingText({ transfer }: ZooEntry): string {
  const part = transfer.sound.trainable;
  switch (part.kind) {
    case "all":
      return "every layer";
    case "head":
      return "what is added to the backbone";
    case "last":
      return `the last ${part.layers} layers`;
    case "from":
      return `${part.layer} and all after it`;
    default:
      return part satisfies never;
  }
}

function scalingText({ scaling }: ZooEntry): string {
  const { study, sound } = scaling;
  return study.title === sound.title ? study.title : `${sound.title} (protocol study: ${study.title})`;
}

function describe(entry: ZooEntry): object {
  const { build, ...facts } = entry;
  return { ...facts, parameters: parameterCounts(asTrained(entry)) };
}
