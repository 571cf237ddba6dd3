// The images: how many of which class and from how many patients, what was skipped, what they look like.
import type { ReportAssets } from "../assets.js";
import { html, type Markup } from "../html.js";
import { count, counted, patientsCell } from "../numbers.js";
import type { DatasetFacts, ReportInput } from "../report-input.js";
import { shiftTable } from "../shift-table.js";
import { alarmText, ownTestTitle, shiftSentences } from "../shift-words.js";
import { drawing, imageList, ofTotal, type Section, table } from "./parts.js";

/** Skipped files that are listed by name. */
const mostSkipped = 20;

export function dataSection(input: ReportInput, assets: ReportAssets): Section {
  const { dataset } = input;
  const body = html`<p><b>${dataset.name}</b>. ${dataset.attribution}</p>
${splitTable(dataset)}
<div class="figures">${drawing(assets, "class-distribution", weightsText(dataset))}</div>
<h3>Checks</h3>
<ul>${checks(dataset).map((line) => html`<li>${line}</li>`)}</ul>
${skipped(dataset)}
${besideTraining(input)}
${samples(input, assets)}
${augmentation(input, assets)}`;
  return { id: "data", short: "Data", title: "Data", body };
}

export function besideTraining({ shift }: Pick<ReportInput, "shift">): Markup | null {
  const shown = shift && shiftTable(shift, "tested");
  if (!shown) {
    const alarm = shift?.alarm;
    return typeof alarm === "object" && !alarm.isRaised ? html`<p>${alarmText(alarm)}</p>` : null; // else it is a notice above
  }
  const { columns, rows, note } = shown;
  return html`<h3>${ownTestTitle}</h3>
<p>${shiftSentences(shift, "tested").join(" ")}</p>
${table({
  caption: note,
  columns: columns.map((title, i) => (i === 0 ? { title: "Of each image" } : { title, kind: "number" })),
  rows: rows.map((cells) => ({ cells })),
})}`;
}

function splitTable({ splits }: DatasetFacts): Markup {
  const sum = (of: (split: DatasetFacts["splits"][number]) => number) =>
    splits.reduce((total, split) => total + of(split), 0);
  const row = (normal: number, pneumonia: number) => [
    ofTotal(normal, normal + pneumonia).replace(/ of [\d,]+/, ""),
    ofTotal(pneumonia, normal + pneumonia).replace(/ of [\d,]+/, ""),
    count(normal + pneumonia),
  ];
  return table({
    caption: "Images by part and class. Shares are of the row.",
    columns: [
      { title: "Part" },
      { title: "Normal", kind: "number" },
      { title: "Pneumonia", kind: "number" },
      { title: "Images", kind: "number" },
      { title: "Patients", kind: "number" },
    ],
    rows: [
      ...splits.map((split) => ({
        cells: [
          html`${split.name}${split.note === undefined ? null : html`<small>${split.note}</small>`}`,
          ...row(split.normal, split.pneumonia),
          patientsCell(split.patients),
        ],
      })),
      {
        cells: [
          "Total",
          ...row(
            sum((s) => s.normal),
            sum((s) => s.pneumonia),
          ),
          "",
        ],
        kind: "total" as const,
      },
    ],
  });
}

function weightsText({ classWeights }: DatasetFacts): string {
  if (classWeights === undefined) return "Images of each class in each part.";
  return (
    `The classes are unequal, so each training image counts in the loss with its class's weight n / (2 n_class): ` +
    `normal ${classWeights.normal.toFixed(4)}, pneumonia ${classWeights.pneumonia.toFixed(4)}.`
  );
}

/** For report and model card. */
export function patientsCheck(dataset: DatasetFacts): string {
  const { patientsAcrossSplits, numbersAcrossSplits = patientsAcrossSplits } = dataset;
  const byKey = patientsByKey(dataset);
  return numbersAcrossSplits === patientsAcrossSplits
    ? byKey
    : `${byKey} By number alone, bacteria N and virus N taken for one child, ${count(numbersAcrossSplits)} would have; whether they are one, nobody can say.`;
}

function patientsByKey({ splits, patientsAcrossSplits }: DatasetFacts): string {
  if (patientsAcrossSplits > 0) {
    return `${counted(patientsAcrossSplits, "patient")} with images in more than one part: results on those parts are too good.`;
  }
  return splits.every(({ patients }) => patients !== null)
    ? "No patient has images in more than one part."
    : "Patients are unknown: nobody can say whether one of them has images in more than one part.";
}

function checks(dataset: DatasetFacts): string[] {
  const { skippedFiles, duplicates } = dataset;
  const { groups, extraImages, acrossSplits } = duplicates;
  return [
    patientsCheck(dataset),
    groups === 0
      ? "No exact duplicates."
      : `${counted(groups, "group")} of exact duplicates (${counted(extraImages, "extra image")}); ` +
        (acrossSplits === 0
          ? "none of them spans two parts."
          : `${counted(acrossSplits, "group")} with images in more than one part.`),
    ...(dataset.keptTogether === undefined ? [] : [dataset.keptTogether]),
    skippedFiles.length === 0 ? "Every file could be read." : `${counted(skippedFiles.length, "file")} skipped.`,
  ];
}

function skipped({ skippedFiles }: DatasetFacts): Markup | null {
  if (skippedFiles.length === 0) return null;
  const rest = skippedFiles.length - mostSkipped;
  return html`<details><summary>Skipped files</summary>${table({
    caption: rest > 0 ? `The first ${mostSkipped} of ${count(skippedFiles.length)}.` : "Files that were not used.",
    columns: [{ title: "File" }, { title: "Reason" }],
    rows: skippedFiles.slice(0, mostSkipped).map((file) => ({
      cells: [html`<span class="long">${file.name}</span>`, file.reason],
    })),
  })}</details>`;
}

function samples({ samples: images = [] }: ReportInput, assets: ReportAssets): Markup | null {
  if (images.length === 0) return null;
  const shown = images.map((sample, i) => ({
    label: sample.label,
    uri: assets.samples[i] ?? "",
    alt: `Chest radiograph labelled ${className(sample.label)}`,
    strong: className(sample.label),
    lines: [sample.caption],
  }));
  return html`<h3>Samples</h3>
<p>As the model receives them: grey, resized to one square size.</p>
${imageList(shown)}`;
}

function augmentation({ augmentation: preview }: ReportInput, assets: ReportAssets): Markup | null {
  if (preview === undefined) return null;
  return html`<h3>Augmentation</h3>
<p>In training every image is warped at random each time it is shown, so that the model learns the disease and not the pose: ${preview.description}.</p>
${imageList(
  assets.augmentation.map((uri, i) => ({
    uri,
    alt: i === 0 ? "The original training image" : `The same image, warped, example ${i}`,
    strong: i === 0 ? "Original" : `Warped ${i}`,
    lines: [],
    isOriginal: i === 0,
  })),
)}`;
}

function className(label: 0 | 1): string {
  return label === 1 ? "Pneumonia" : "Normal";
}
