// `pneumoscope models`: the registry as a table, or one model layer by layer.
import type { Command } from "commander";
import { describeModel, type ModelDescription, models } from "../../index.js";
import { count } from "../numbers.js";
import { renderPairs, renderTable } from "../table.js";
import { printJson, printLine, type Terminal } from "../terminal.js";

/** Adds the command. */
export function addModelsCommand(program: Command, terminal: Terminal, list = models): void {
  program
    .command("models")
    .argument("[name]", "a model's name, such as custom")
    .option("--json", "print JSON for machines")
    .addHelpText("after", "\nExamples:\n  pneumoscope models\n  pneumoscope models custom")
    .action((name: string | undefined, options: { json?: true }) => {
      const described = (name === undefined ? list.map(({ id }) => id) : [name]).map((each) =>
        describeModel(each, list),
      );
      const [model] = described;
      if (options.json === true)
        printJson(
          terminal,
          described.map(({ summary, ...facts }) => facts),
        );
      else if (name !== undefined && model !== undefined) printModel(model, terminal);
      else printModels(described, terminal);
    });
}

function printModels(described: readonly ModelDescription[], terminal: Terminal): void {
  const isStudied = ({ study }: ModelDescription): boolean => study !== null;
  printLine(terminal, "In the study:\n");
  printLine(terminal, listOf(described.filter(isStudied), [accuracy]));
  printLine(terminal, "\nBeyond the study:\n");
  printLine(
    terminal,
    listOf(
      described.filter((entry) => !isStudied(entry)),
      [],
    ),
  );
  printLine(terminal, "\nPixels: height and width that its weights were trained for; --image-size takes others.");
  printLine(terminal, "Learning: how many of the parameters a training changes by default; the others are frozen.");
  printLine(terminal, "Weights: what a training starts from; what is added to them starts at random.");
  printLine(terminal, "Accuracy: the study's single run on the 624 official test images; yours will differ.");
  printLine(terminal, 'A model layer by layer: "pneumoscope models <name>". Research use only.');
}

interface ListColumn {
  readonly title: string;
  readonly align?: "right";
  readonly of: (entry: ModelDescription) => string;
}

const facts: readonly ListColumn[] = [
  { title: "--model", of: ({ id }) => id },
  { title: "Pixels", align: "right", of: ({ input }) => count(input.imageSize) },
  { title: "Parameters", align: "right", of: ({ parameters }) => count(parameters.total) },
  { title: "Learning", align: "right", of: ({ parameters }) => count(parameters.trainable) },
  { title: "Weights", of: (entry) => weightsText(entry) },
  { title: "Licence", of: ({ licence }) => licence },
];
const accuracy: ListColumn = { title: "Accuracy", align: "right", of: ({ study }) => study?.accuracy.toFixed(4) ?? "" };

function listOf(described: readonly ModelDescription[], more: readonly ListColumn[]): string {
  const columns = [...facts, ...more];
  return renderTable(
    columns,
    described.map((entry) => columns.map(({ of }) => of(entry))),
  );
}

function printModel(entry: ModelDescription, terminal: Terminal): void {
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
    ["Study", studyText(entry)],
  ] as const;
  printLine(terminal, renderPairs(pairs));
  printLine(terminal);
  printLine(terminal, entry.summary.trimEnd());
}

function studyText({ study }: ModelDescription): string {
  if (study === null) return "not in the study";
  return `accuracy ${study.accuracy.toFixed(4)} on the 624 official test images, one run`;
}

function weightsText({ pretrained, transfer }: ModelDescription): string {
  if (pretrained === null) return "random";
  return transfer.study.weights === "random" ? `${pretrained.title} (study: random)` : pretrained.title;
}

function trainingText({ transfer }: ModelDescription): string {
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

function scalingText({ scaling }: ModelDescription): string {
  const { study, sound } = scaling;
  return study.title === sound.title ? study.title : `${sound.title} (protocol study: ${study.title})`;
}
