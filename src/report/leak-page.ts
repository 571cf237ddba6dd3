// leaks.html: whether the parts of a dataset are apart, in numbers under both patient keys, and as pairs of images side by side.
import { writeFileAtomically } from "../core/atomic-file.js";
import { html, type Markup } from "./html.js";
import { count, counted, patientsText } from "./numbers.js";
import { dateText, notices, renderShell } from "./page.js";
import { imageDataUri } from "./png.js";
import type { DatasetFacts, ReportImage } from "./report-input.js";
import { imagePairs, type Section, type ShownPair, table } from "./sections/parts.js";

export interface LeakPageInput {
  readonly dataset: string;
  readonly kind: DatasetFacts["kind"];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly version: string;
  readonly images: number;
  /** Null where they are not known. */
  readonly patients: number | null;
  /** What is in more than one part: patients by their key, persons by their number alone, groups of equal files, images with a near copy. */
  readonly acrossSplits: {
    readonly patients: number;
    readonly numbers: number;
    readonly equalFiles: number;
    readonly nearCopies: number;
  };
  readonly pairs: readonly LeakPair[];
  /** Pairs that there are besides. */
  readonly notShown: number;
}

export interface LeakPair {
  readonly kind: "equal files" | "near copies" | "apart";
  readonly similarity: number | null;
  readonly isAcrossSplits: boolean;
  readonly isAcrossClasses: boolean;
  readonly images: readonly [LeakImage, LeakImage];
}

interface LeakImage {
  readonly name: string;
  readonly split: string;
  readonly label: 0 | 1;
  readonly pixels: ReportImage;
}

/** @returns its path @throws AppError FILE_UNWRITABLE */
export async function writeLeakPage(path: string, input: LeakPageInput): Promise<string> {
  const pairs = await Promise.all(input.pairs.map(shownPair));
  await writeFileAtomically(path, renderLeaks(input, pairs));
  return path;
}

function renderLeaks(input: LeakPageInput, pairs: readonly ShownPair[]): string {
  const { dataset, createdAt, version, kind } = input;
  const of = (wanted: (pair: LeakPair) => boolean) => pairs.filter((_, i) => wanted(input.pairs[i] as LeakPair));
  const isCopy = (pair: LeakPair) => pair.kind !== "apart";
  const sections = [
    summary(input),
    gallery(
      "across",
      "Copies across parts",
      of((pair) => isCopy(pair) && pair.isAcrossSplits),
    ),
    gallery(
      "classes",
      "Copies in both classes",
      of((pair) => isCopy(pair) && !pair.isAcrossSplits && pair.isAcrossClasses),
    ),
    gallery(
      "within",
      "Copies within a part",
      of((pair) => isCopy(pair) && !pair.isAcrossSplits && !pair.isAcrossClasses),
    ),
    gallery(
      "apart",
      "Nearest pairs across parts that are no copies",
      of((pair) => !isCopy(pair)),
    ),
  ].filter((section) => section !== null);
  return renderShell({
    title: `${dataset}: leaks`,
    version,
    head: html`<header class="top">
<p class="product">Pneumoscope data check</p>
<h1>Are the parts of ${dataset} apart?</h1>
<ul class="facts"><li><b>Made</b> ${dateText(createdAt)}</li></ul>
${notices(kind)}</header>`,
    sections,
    files: "nothing else",
  });
}

function summary({ images, patients, acrossSplits, kind, notShown }: LeakPageInput): Section {
  const unknown = patients === null ? "unknown" : undefined;
  const rows: readonly (readonly [string, string, string])[] = [
    ["Patients in more than one part", unknown ?? count(acrossSplits.patients), "by the patients' keys"],
    [
      "The same by number alone",
      unknown ?? count(acrossSplits.numbers),
      kind === "chest-xray-pneumonia" ? publishedNumbers : "keys that differ in more than a number are two patients",
    ],
    ["Groups of equal files in more than one part", count(acrossSplits.equalFiles), "by sha256"],
    ["Images with a near copy in another part", count(acrossSplits.nearCopies), "by their details at 32 x 32 pixels"],
  ];
  const body = html`<p class="lead">${counted(images, "image")} of ${patientsText(patients)}.</p>
${table({
  caption: "What makes a test easier than it should be; 0 is what it should be.",
  columns: [{ title: "Across parts" }, { title: "Found", kind: "number" }, { title: "Told" }],
  rows: rows.map((cells) => ({ cells })),
})}
<p>Two images are called near copies from a similarity of 0.85 on. The last section shows the pairs across parts that come nearest to it, of those whose coarse shapes agree: if you see one chest twice there, give both images one patient in a manifest.</p>
${notShown === 0 ? null : html`<p>${counted(notShown, "more pair")} ${notShown === 1 ? "is" : "are"} not shown; --json lists all.</p>`}`;
  return { id: "summary", short: "Summary", title: "Summary", body };
}

const publishedNumbers =
  "bacteria N and virus N taken for one child. The published numbers run separately for bacteria and virus, so these need not be one child, and nobody can say whether some are; the parts that the software draws itself keep them together";

function gallery(id: string, title: string, pairs: readonly ShownPair[]): Section | null {
  return pairs.length === 0 ? null : { id, short: title, title, body: imagePairs(pairs) as Markup };
}

async function shownPair({ images: [one, other], kind, similarity }: LeakPair): Promise<ShownPair> {
  const told = ({ name, split, label }: LeakImage) =>
    `${split}, ${label === 1 ? "pneumonia" : "normal"}: ${name.split("/").at(-1)}`;
  const close = similarity === null ? "no details to compare" : `similarity ${similarity.toFixed(3)}`;
  const isEqual = kind === "equal files";
  return {
    uri: await imageDataUri(one.pixels),
    alt: `Chest radiograph, ${told(one)}`,
    beside: { uri: await imageDataUri(other.pixels), alt: `Chest radiograph, ${told(other)}` },
    strong: isEqual ? "Equal files" : `${kind === "apart" ? "Not a copy" : "Near copies"}, ${close}`,
    lines: [told(one), told(other)],
  };
}
