// A folder of DICOM files: who, when and how comes from their headers, what they show from a list of labels or, without one,
// from folders NORMAL and PNEUMONIA. PatientID, AccessionNumber and the UIDs are compared and made keys of, never written.
import { stat } from "node:fs/promises";
import { basename, join, posix, relative, sep } from "node:path";
import { throwIfAborted } from "../../core/aborted.js";
import { AppError } from "../../core/errors.js";
import { mapInOrder } from "../../core/map-in-order.js";
import type { Attributes } from "../../images/dicom/attributes.js";
import { readDicomHeader } from "../../images/dicom-header.js";
import { cells } from "../manifest/manifest-row.js";
import { classNames, type ImageFacts, type Label, type SplitName } from "../sample.js";
import { dicomFacts, validOr } from "./dicom-facts.js";
import { type DicomLabel, type DicomLabels, type LabelKey, readDicomLabels } from "./dicom-labels.js";
import { filesBelow } from "./files-below.js";
import { isNobody, sharedIdentifiers } from "./known-person.js";
import type { DatasetSource, SourceItem, SourceOptions } from "./source.js";

export const dicomSource: DatasetSource = {
  name: "dicom",
  title: "a folder of DICOM files with a file of labels or in folders NORMAL and PNEUMONIA",
  async recognises(place) {
    if (!(await stat(place)).isDirectory()) return false;
    let looked = 0;
    for await (const path of filesBelow(place)) {
      if (isIgnored(path)) continue;
      const header = await headerOf(place, path);
      if (typeof header === "object") return true;
      if (++looked === lookedAt) return false;
    }
    return false;
  },
  read,
};

/** Files whose first bytes are looked at. */
const lookedAt = 8;
/** Headers read at a time: on a share, each waits for its turn. */
const readers = { workers: 8, ahead: 64 };

/** What is kept of a file's header until all are read. */
interface Header {
  readonly path: string;
  readonly identifiers: Readonly<Record<Exclude<LabelKey, "file">, string>>;
  readonly identifier: string;
  readonly birthDate: string;
  readonly facts: ImageFacts;
}

async function* read(place: string, options: SourceOptions): AsyncGenerator<SourceItem> {
  const { listed, lists } = await filesIn(place);
  const labels = await labelsFor(place, lists, options.labels);
  const headers: Header[] = [];
  for await (const [path, header] of mapInOrder(listed, readers, async (path) => {
    throwIfAborted(options.signal, "importDataset");
    return [path, await headerOf(place, path)] as const;
  })) {
    if (typeof header === "string") yield { kind: "left out", name: path, reason: header };
    else headers.push(headerFacts(path, header));
  }
  const shared = sharedIdentifiers(headers);
  const labelOf = labels === undefined ? byFolder : byList(labels, headers);
  const used = new Set<DicomLabel>();
  const unknown = { nobody: 0, shared: 0 };
  for (const header of headers) {
    const found = labelOf(header);
    if (typeof found === "string") {
      yield { kind: "left out", name: header.path, reason: found };
      continue;
    }
    if ("line" in found) used.add(found as DicomLabel);
    const { identifier, identifiers } = header;
    const isShared = shared.has(identifier);
    if (isNobody(identifier)) unknown.nobody++;
    else if (isShared) unknown.shared++;
    const patient = isShared || isNobody(identifier) ? null : options.keyOf(identifier);
    const study = identifiers.StudyInstanceUID;
    const facts = study === "" ? header.facts : { ...header.facts, study: options.keyOf(study) };
    const path = relative(options.root, join(place, header.path)).split(sep).join(posix.sep);
    yield { kind: "image", row: { path, label: found.label, patient, split: found.split, facts } };
  }
  yield* notes(unknown, shared.size);
  if (labels !== undefined) yield* unusedLabels(labels, used);
}

/** Everything that may be an image, and lists of labels in the folder itself. */
async function filesIn(place: string): Promise<{ readonly listed: string[]; readonly lists: string[] }> {
  const listed: string[] = [];
  const lists: string[] = [];
  for await (const path of filesBelow(place)) {
    if (!isIgnored(path)) listed.push(path);
    else if (/^[^/]*\.csv$/i.test(path)) lists.push(path);
  }
  return { listed, lists };
}

/** Lists, and the index of a disc. */
const isIgnored = (path: string): boolean => /\.csv$/i.test(path) || basename(path).toUpperCase() === "DICOMDIR";

/** Undefined: folders tell. @throws AppError OPTION_INVALID where several lists could be meant; as `readDicomLabels` */
async function labelsFor(place: string, lists: readonly string[], asked: string | undefined) {
  if (asked !== undefined) return readDicomLabels(asked);
  const [first, second] = lists;
  if (first === undefined) return undefined;
  if (second === undefined) return readDicomLabels(join(place, first));
  throw new AppError("OPTION_INVALID", {
    place: "labels",
    rule: "names the file of labels where several lie in the folder",
    received: `${lists.length} CSV files, such as ${first} and ${second}`,
    remedy: "Name one of them",
  });
}

/** Attributes, or why there are none. */
async function headerOf(place: string, path: string): Promise<Attributes | string> {
  try {
    return (await readDicomHeader(join(place, path), path)) ?? "no DICOM file";
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.message;
    throw thrown;
  }
}

function headerFacts(path: string, header: Attributes): Header {
  const identifiers = {
    SOPInstanceUID: header.identifier("SOPInstanceUID"),
    StudyInstanceUID: header.identifier("StudyInstanceUID"),
    AccessionNumber: header.identifier("AccessionNumber"),
  };
  const birthDate = header.text("PatientBirthDate");
  return { path, identifiers, identifier: header.identifier("PatientID"), birthDate, facts: dicomFacts(header) };
}

type Found = { readonly label: Label; readonly split: SplitName | null };

/** The innermost folder that is called as a class, and the part above it. */
function byFolder({ path }: Header): Found | string {
  const folders = path.split("/").slice(0, -1);
  const className = folders.findLast((name) => classNames.some((each) => each === name.toUpperCase()));
  if (className === undefined) return "neither in a folder NORMAL nor in one PNEUMONIA, and there is no file of labels";
  const split = folders.map((name) => validOr(cells.split, name)).find((part) => part !== undefined);
  return { label: cells.label(className), split: split ?? null };
}

function byList({ key, of, name }: DicomLabels, headers: readonly Header[]): (header: Header) => DicomLabel | string {
  const unlabelled = `no label in ${name}`;
  if (key !== "file") {
    return ({ identifiers }) =>
      identifiers[key] === ""
        ? `no ${key} in its header, by which ${name} has its labels`
        : (of.get(identifiers[key]) ?? unlabelled);
  }
  const names = new Map<string, number>();
  for (const { path } of headers) names.set(basename(path), (names.get(basename(path)) ?? 0) + 1);
  return ({ path }) => {
    const exact = of.get(path);
    if (exact !== undefined) return exact;
    const loose = of.get(basename(path));
    if (loose === undefined) return unlabelled;
    return names.get(basename(path)) === 1
      ? loose
      : `${name} names it without its folder, and several files are called so`;
  };
}

function* notes(
  unknown: { readonly nobody: number; readonly shared: number },
  identifiers: number,
): Generator<SourceItem> {
  if (unknown.nobody > 0) {
    yield {
      kind: "note",
      text: `${unknown.nobody} images name no patient: their PatientID is empty or a word for nobody.`,
    };
  }
  if (unknown.shared > 0) {
    const text = `${unknown.shared} images stand under ${identifiers} PatientID(s) with different dates of birth: their patients count as unknown.`;
    yield { kind: "note", text };
  }
}

/** By line, for the keys themselves may name people. */
function* unusedLabels({ name, key, of }: DicomLabels, used: ReadonlySet<DicomLabel>): Generator<SourceItem> {
  const lines = [...of.values()].filter((label) => !used.has(label)).map(({ line }) => line);
  if (lines.length === 0) return;
  const some = lines.slice(0, 10).join(", ") + (lines.length > 10 ? ", …" : "");
  const reason = `${lines.length} of ${of.size} labels belong to no image here (${key}): line ${some}`;
  yield { kind: "left out", name, reason };
}
