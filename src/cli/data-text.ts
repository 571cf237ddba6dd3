// What `data summary`, `data check` and `data import` print for people.
import type { DataCheck, DatasetSummary, ImportedDataset } from "../index.js";
import { count, counted, percent } from "./numbers.js";
import { renderPairs, renderTable } from "./table.js";
import { visible } from "./visible.js";

/** The text of `data summary`. */
export function summaryText({ root, synthetic, splits, classWeights: weights, splitBy }: DatasetSummary): string {
  const columns = [
    { title: "Split" },
    { title: "Images", align: "right" },
    { title: "Normal", align: "right" },
    { title: "Pneumonia", align: "right" },
    { title: "Bacterial", align: "right" },
    { title: "Viral", align: "right" },
    { title: "Patients", align: "right" },
    { title: "Pixels as loaded" },
  ] as const;
  const rows = splits.map((split) => [
    split.split,
    count(split.images),
    `${count(split.normal)} (${percent(split.normal / split.images)})`,
    `${count(split.pneumonia)} (${percent(split.pneumonia / split.images)})`,
    split.bacterial + split.viral === 0 ? "-" : count(split.bacterial),
    split.bacterial + split.viral === 0 ? "-" : count(split.viral),
    split.patients === null ? "unknown" : count(split.patients),
    split.pixelShape.join(" x "),
  ]);
  const lines = [
    visible(root) + (synthetic ? " (synthetic phantoms, no patients)" : ""),
    "",
    renderTable(columns, rows),
  ];
  if (weights !== undefined) {
    const [normal, pneumonia] = weights.map((weight) => weight.toFixed(4));
    lines.push("", `Class weights of train/: normal ${normal}, pneumonia ${pneumonia} (n / 2n_c)`);
  }
  lines.push(splitText[splitBy ?? "refused"]);
  return lines.join("\n");
}

const splitText = {
  patient: "A training splits it by patient",
  image: "A training splits it by image: patients unknown",
  refused: "A training refuses to split it: nobody says whose the images are (docs/data.md; --patients)",
} as const;

/** The text of `data check`: the counts, then each kind of finding with the first names. */
export function checkText(check: DataCheck): string {
  const { duplicates, nearCopies, sizes } = check;
  const found: (readonly [string, string])[] = [
    ["Images", count(check.total.images)],
    ["Patients", check.total.patients === null ? "unknown" : count(check.total.patients)],
    ["Sizes", sizes === null ? "no image could be read" : sizesText(sizes)],
    ["Unreadable", count(check.unreadable.length)],
    ["Not used", count(check.skipped.length)],
    ["Duplicates", duplicatesText(duplicates)],
    ["Near copies", nearCopiesText(nearCopies)],
    ["Patients in two splits", patientsText(check)],
  ];
  const parts = [renderPairs(found)];
  const list = (title: string, items: readonly string[]) => {
    if (items.length > 0) parts.push(`${title}\n${firstOf(items)}`);
  };
  list(
    "Unreadable:",
    check.unreadable.map(({ name, error }) => `${name} (${error.code})`),
  );
  list(
    "Not used:",
    check.skipped.map(({ name, reason }) => `${name} (${reason})`),
  );
  list(
    "Equal files:",
    duplicates.groups.map((group) => group.names.join(" = ")),
  );
  list(
    "Images that look alike:",
    nearCopies.groups.map((group) => group.names.join(" ~ ")),
  );
  list(
    "Patients in two splits:",
    check.patientsAcrossSplits.map(({ patient, splits }) => `${patient} (${splits.join(", ")})`),
  );
  for (const { text, names } of check.remarks) {
    parts.push(names.length === 0 ? `Note: ${text}.` : `Note: ${count(names.length)} x ${text}:\n${firstOf(names)}`);
  }
  parts.push(verdict(problemsOf(check), check.remarks.length));
  return `${visible(check.root)}\n\n${parts.join("\n\n")}`;
}

/** The errors, counted, and the number of notes to read; that nothing is wrong, only where there are none of either. */
function verdict(problems: readonly string[], notes: number): string {
  if (problems.length === 0 && notes === 0) return "Nothing is wrong with this dataset.";
  const toRead = counted(notes, "note to read", "notes to read");
  if (problems.length === 0) return `No errors; ${toRead}, above.`;
  return `Errors: ${problems.join("; ")}.${notes === 0 ? "" : ` And ${toRead}, above.`}`;
}

/**
 * The text of `data import`: what the manifest holds, what was left out by reason, and how to go on.
 * @param out the manifest as the user named it
 */
export function importText(
  { source, images, normal, pneumonia, patients, leftOut, notes }: ImportedDataset,
  out: string,
): string {
  const share = (n: number) => `${count(n)} (${percent(n / images)})`;
  const parts = [
    renderPairs([
      ["Manifest", visible(out)],
      ["Read as", source],
      ["Images", count(images)],
      ["Normal", share(normal)],
      ["Pneumonia", share(pneumonia)],
      ["Patients", patients === null ? "unknown" : count(patients)],
      ["Left out", count(leftOut.length)],
    ]),
  ];
  for (const [reason, names] of byReason(leftOut)) {
    parts.push(`Left out, ${visible(reason)}: ${count(names.length)}\n${firstOf(names)}`);
  }
  for (const note of notes) parts.push(`Note: ${visible(note)}`);
  const unknown = patients === null ? " --patients unknown" : "";
  if (unknown !== "") parts.push("Nobody says whose the images are: they can only be split by image (docs/data.md).");
  parts.push(`Next: pneumoscope train --data ${shellWord(out)}${unknown}`);
  return parts.join("\n\n");
}

function byReason(leftOut: ImportedDataset["leftOut"]): ReadonlyMap<string, readonly string[]> {
  const reasons = new Map<string, string[]>();
  for (const { name, reason } of leftOut) {
    const names = reasons.get(reason);
    if (names === undefined) reasons.set(reason, [name]);
    else names.push(name);
  }
  return reasons;
}

/** As a POSIX shell takes it for one word. */
const shellWord = (text: string): string =>
  /^[\w./:@%+=-]+$/.test(text) ? text : `'${visible(text).replaceAll("'", "'\\''")}'`;

/** What makes a dataset's results untrustworthy; empty when it is sound. */
export function problemsOf(check: DataCheck): readonly string[] {
  const problems: string[] = [];
  const add = (n: number, one: string, many: string) => {
    if (n > 0) problems.push(`${count(n)} ${n === 1 ? one : many}`);
  };
  add(check.unreadable.length, "unreadable file", "unreadable files");
  add(check.duplicates.acrossSplits, "image in two splits", "images in two splits");
  add(check.duplicates.acrossClasses, "image in both classes", "images in both classes");
  add(
    check.nearCopies.acrossSplits.images,
    "image with a near copy in another split",
    "images with a near copy in another split",
  );
  add(
    check.nearCopies.acrossClasses.images,
    "image with a near copy in the other class",
    "images with a near copy in the other class",
  );
  add(check.patientsAcrossSplits.length, "patient in two splits", "patients in two splits");
  return problems;
}

function duplicatesText({ groups, extraImages, acrossSplits, acrossClasses }: DataCheck["duplicates"]): string {
  if (groups.length === 0) return "none";
  const across = `${count(acrossSplits)} across splits, ${count(acrossClasses)} across classes`;
  const files = extraImages === 1 ? "1 file" : `${count(extraImages)} files`;
  return `${count(groups.length)} ${groups.length === 1 ? "group" : "groups"} of equal files, ${files} too many; ${across}`;
}

function nearCopiesText({ groups, acrossSplits, acrossClasses }: DataCheck["nearCopies"]): string {
  if (groups.length === 0) return "none";
  const images = groups.reduce((sum, { names }) => sum + names.length, 0);
  const across = `${counted(acrossSplits.images, "image", "images")} across splits, ${count(acrossClasses.images)} across classes`;
  return `${count(groups.length)} ${groups.length === 1 ? "group" : "groups"} of ${count(images)} images that look alike; ${across}`;
}

/** By number alone only where that is another number. */
function patientsText({ total, patientsAcrossSplits, numbersAcrossSplits }: DataCheck): string {
  if (total.patients === null && patientsAcrossSplits.length === 0) return "unknown";
  const wide = numbersAcrossSplits.length;
  const found = count(patientsAcrossSplits.length);
  if (wide === patientsAcrossSplits.length) return found;
  return `${found}; by number alone ${count(wide)}, which may be two people of one number each`;
}

function sizesText({ width, height, distinct }: NonNullable<DataCheck["sizes"]>): string {
  const range = ([smallest, median, largest]: readonly [number, number, number]) =>
    smallest === largest ? `${smallest}` : `${smallest} to ${largest} (median ${median})`;
  return `width ${range(width)}, height ${range(height)} pixels; ${count(distinct)} distinct`;
}

/** The first ten, one a line, and how many more. */
function firstOf(items: readonly string[]): string {
  const shown = items.slice(0, 10).map((item) => `  ${visible(item)}`);
  if (items.length > shown.length) shown.push(`  and ${count(items.length - shown.length)} more (--json lists all)`);
  return shown.join("\n");
}
