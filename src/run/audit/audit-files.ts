// What an audit leaves in its folder: audit.json, report.html with its figure, and the model card with a section on it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../core/atomic-file.js";
import { writeJson } from "../../core/json-file.js";
import { researchUse } from "../../core/research-use.js";
import { runPaths } from "../../core/run-folder.js";
import type { Audit } from "../../evaluation/audit/judge-audit.js";
import type { TestReading } from "../../evaluation/test-reading.js";
import type { Corruption } from "../../images/corruptions/corruption.js";
import { corruptionNames, corruptions } from "../../images/corruptions/registry.js";
import { readRadiograph } from "../../images/read-radiograph.js";
import { resize } from "../../images/resize.js";
import type { Classifier } from "../../inference/classifier.js";
import { type AuditReportInput, auditCardSection, writeAuditReport } from "../../report/audit-report.js";
import type { CaptionedImage } from "../../report/report-input.js";
import type { SkippedImage } from "../score-split.js";
import { altered, auditVariants } from "./altered-images.js";

/** Absolute paths. */
export interface AuditFiles {
  readonly report: string;
  readonly json: string;
  /** The run's model card with a section on the audit; that section alone of a model that has none. */
  readonly modelCard: string;
  /** A line per image with every score. */
  readonly scores: string;
}

export interface AuditToWrite
  extends Pick<AuditReportInput, "split" | "kind" | "measuredOn" | "ofImages" | "createdAt" | "version"> {
  readonly audit: Audit;
  readonly reading: TestReading | null;
  readonly seed: number;
  /** The image that shows what was done. */
  readonly shown: { readonly path: string; readonly name: string };
  readonly model: Classifier;
  readonly skipped: readonly SkippedImage[];
}

export async function writeAudit(
  folder: string,
  { model, audit, reading, shown, seed, skipped, ...facts }: AuditToWrite,
): Promise<AuditFiles> {
  const { contract } = model;
  const files = {
    report: join(folder, "report.html"),
    json: join(folder, "audit.json"),
    modelCard: join(folder, "model-card.md"),
    scores: join(folder, "scores.jsonl"),
  };
  const input: AuditReportInput = {
    ...facts,
    audit,
    reading,
    model: contract.title,
    intendedUse: contract.intendedUse,
    threshold: audit.threshold === contract.threshold.value ? contract.threshold : givenThreshold(audit.threshold),
    skipped: skipped.length,
    sources: corruptionNames.map((name) => {
      const { title, unit, source } = corruptions[name];
      return { title, unit, source };
    }),
    examples: await examplesOf(shown, model, seed),
  };
  await writeJson(files.json, {
    version: 1,
    note: researchUse,
    createdAt: facts.createdAt,
    model: { title: contract.title, sha256: model.sha256 },
    data: { dataset: facts.measuredOn, split: facts.split, ofImages: facts.ofImages, seed },
    skipped: skipped.map(({ name, error }) => ({ name, code: error.code, message: error.message })),
    ...audit,
    reading,
  });
  await writeFileAtomically(files.modelCard, await cardOf(model.place, auditCardSection(input)));
  await writeAuditReport(folder, input);
  return files;
}

const givenThreshold = (value: number) => ({ policy: String(value), chosenOn: null, givenBy: "user" as const });

/** At the severest level. */
async function examplesOf(
  { path, name }: AuditToWrite["shown"],
  { contract: { imageSize, interpolation } }: Classifier,
  seed: number,
): Promise<readonly CaptionedImage[]> {
  const { image } = await readRadiograph(path);
  const severest = auditVariants.filter(({ corruption, level }) => {
    const { amounts }: Corruption = corruptions[corruption as keyof typeof corruptions];
    return level === amounts.length;
  });
  const seen = async (view: typeof image, caption: string): Promise<CaptionedImage> => ({
    image: resize(view, imageSize, imageSize, interpolation),
    caption,
  });
  return [
    await seen(image, "as it is"),
    ...(await Promise.all(
      severest.map(async (variant) =>
        seen(await altered(image, name, variant, seed), `${variant.title}: ${variant.text}`),
      ),
    )),
  ];
}

/** The run's card is left as it is. */
async function cardOf(place: string | null, section: string): Promise<string> {
  const card = place === null ? "" : await readFile(runPaths(place).modelCard, "utf8").catch(() => "");
  const limits = card.indexOf("\n## Limits\n");
  if (limits === -1) return card === "" ? section : `${card.trimEnd()}\n\n${section}`;
  return `${card.slice(0, limits + 1)}${section}\n${card.slice(limits + 1)}`;
}
