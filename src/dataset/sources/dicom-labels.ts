// A hospital's list of labels for its DICOM files: one column says which image or examination is meant, another what it shows.
import { basename } from "node:path";
import { AppError } from "../../core/errors.js";
import type { IdentifierKeyword } from "../../images/dicom/attributes.js";
import { cells } from "../manifest/manifest-row.js";
import type { Label, SplitName } from "../sample.js";
import { headerOf, type LabelHeader, type LabelRow, labelRows } from "./label-rows.js";

/** By what labels may be keyed; of several columns the first here decides, which is the most exact. */
const keyColumns = ["SOPInstanceUID", "file", "StudyInstanceUID", "AccessionNumber"] as const;
export type LabelKey = Exclude<IdentifierKeyword, "PatientID"> | "file";

const classes = new Map<string, Label>([
  ["normal", 0],
  ["pneumonia", 1],
]);
const yesOrNo = new Map<string, Label>([
  ["0", 0],
  ["1", 1],
]);

export interface DicomLabel {
  readonly label: Label;
  readonly split: SplitName | null;
  readonly line: number;
}

export interface DicomLabels {
  readonly name: string;
  readonly key: LabelKey;
  readonly of: ReadonlyMap<string, DicomLabel>;
}

/** @throws AppError FILE_MISSING, FILE_UNREADABLE, LABELS_INVALID */
export async function readDicomLabels(file: string): Promise<DicomLabels> {
  const name = basename(file);
  const header = await headerOf(file);
  const key = keyColumns.find((column) => header?.has(column));
  const column = ["label", "pneumonia"].find((each) => header?.has(each));
  // A file that is none, or no CSV, is told by the reader itself.
  if (header !== undefined && (key === undefined || column === undefined)) throw withoutColumns(name);
  const of = new Map<string, DicomLabel>();
  for await (const row of labelRows(file, [key ?? "file", column ?? "label"])) {
    const id = key === "file" ? plainPath(row.needed("file")) : row.needed(key as LabelKey);
    const read = { label: labelOf(row, row.header), split: splitOf(row), line: row.line };
    const before = of.get(id);
    if (before === undefined) of.set(id, read);
    else if (before.label !== read.label || before.split !== read.split) {
      const rule = `one ${key} has one label and one part; line ${before.line} says otherwise`;
      throw row.invalid(column as string, rule, row.text(column as string));
    }
  }
  return { name, key: key as LabelKey, of };
}

function labelOf(row: LabelRow, header: LabelHeader): Label {
  return header.has("label") ? row.meaning("label", classes) : row.meaning("pneumonia", yesOrNo);
}

function splitOf(row: LabelRow): SplitName | null {
  const text = row.text("split");
  if (text === "") return null;
  try {
    return cells.split(text);
  } catch {
    throw row.invalid("split", "should be train, val, test or nothing", text.slice(0, 80));
  }
}

/** As files are listed: forward slashes, nothing before the first name. */
const plainPath = (path: string): string => path.replaceAll("\\", "/").replace(/^(\.?\/)+/, "");

function withoutColumns(name: string): AppError {
  return new AppError("LABELS_INVALID", {
    place: `${name}, line 1`,
    rule: `a column ${keyColumns.join(", ")} says which image is meant, and a column label (NORMAL or PNEUMONIA) or pneumonia (0 or 1) what it shows`,
    received: "a first line without them",
    remedy: "Name the columns so",
  });
}
