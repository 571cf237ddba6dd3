// `pneumoscope audit`: how much a trained model's scores depend on what is not the patient.
import type { Command } from "commander";
import { auditModel, formatAudit, formatReading, type ModelAudit, type SplitName, splitNames } from "../../index.js";
import {
  type ModelOptions,
  modelPlaces,
  openNamedModel,
  pixelsOption,
  scoresOption,
  thresholdOption,
} from "../inference/model-options.js";
import { printLeftOut } from "../left-out.js";
import { oneOf, wholeNumber } from "../options.js";
import { createProgress, type Progress } from "../progress.js";
import { settingOption } from "../setting-options.js";
import { printJson, printLine, printNote, type Terminal } from "../terminal.js";
import { visible } from "../visible.js";

interface AuditCommandOptions extends ModelOptions {
  readonly data: string;
  readonly out: string;
  readonly split?: SplitName;
  readonly images?: number;
  readonly seed?: number;
  readonly maxPixels?: number;
  readonly patients?: Parameters<typeof auditModel>[1]["patients"];
  readonly json?: true;
}

const examples = `
Every image is scored as it is and in some fifty altered forms: noise, blur, contrast, exposure, window, JPEG, fewer pixels,
turned, borders, a letter pasted into each corner, everything but the frame or the frame covered, and simulated retakes. The
report has what each costs, with intervals by patient, and flags a model whose scores depend on markers or on the frame.

Stopped, the same command goes on where it was. Nothing that is not found is proven absent.

Examples:
  pneumoscope audit runs/mobilenet-sound-2026-11-23-1 --data chest_xray --out audits/mobilenet
  pneumoscope audit model.onnx --data ward --images 300 --out audits/ward`;

/** Adds the command. */
export function addAuditCommand(program: Command, terminal: Terminal): void {
  program
    .command("audit")
    .argument("<model>", modelPlaces)
    .requiredOption(
      "--data <dataset>",
      "labelled images: a folder with NORMAL/ and PNEUMONIA/, a dataset, or a manifest (.csv) (required)",
    )
    .requiredOption("--out <folder>", "where the report goes: new or empty, or that of the same audit (required)")
    .option("--split <name>", "of a dataset: test, val or train (default: test)", oneOf(splitNames))
    .option(
      "--images <number>",
      "of more images, draw patients until there are so many (default: 1000)",
      wholeNumber({ min: 1 }),
    )
    .option("--seed <number>", "of patients that are drawn, noise and retakes (default: 1)", wholeNumber({ min: 0 }))
    .addOption(thresholdOption())
    .addOption(scoresOption())
    .addOption(pixelsOption())
    .addOption(settingOption("patients"))
    .addOption(settingOption("maxPixels"))
    .option("--json", "print JSON for machines")
    .addHelpText("after", examples)
    .action(async (place: string, options: AuditCommandOptions) => {
      await using model = await openNamedModel(place, options, terminal, { heatMaps: false });
      const { out: folder, json: _, scores: _scores, pixels: _pixels, ...asked } = options;
      let bar: Progress | undefined;
      const onProgress = (done: number, total: number) => {
        bar ??= createProgress(terminal.err, { label: "audit", total, unit: "images" });
        bar.update(done);
      };
      const made = await auditModel(model, { ...asked, folder, cwd: terminal.cwd, onProgress }).finally(() =>
        bar?.finish(),
      );
      show(made, options, terminal);
    });
}

function show(
  { audit, reading, skipped, ofImages, files }: ModelAudit,
  { json }: AuditCommandOptions,
  terminal: Terminal,
): void {
  if (json === true) {
    const left = skipped.map(({ name, error }) => ({ name, code: error.code, message: error.message }));
    printJson(terminal, { version: 1, ...audit, reading, ofImages, skipped: left, files });
  } else printLine(terminal, formatAudit(audit).trimEnd());
  printLeftOut(terminal, { read: audit.images, skipped, unused: [], rest: "--json names all" });
  if (reading !== null) printNote(terminal, formatReading(reading));
  printNote(terminal, `Written: ${visible(files.report)}, ${visible(files.json)}, ${visible(files.modelCard)}`);
}
