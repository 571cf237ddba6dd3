// Which columns of a parquet file are images, labels and patients, and what its labels mean: by what Hugging Face's library
// keeps in the file ("huggingface": {info: {features}}), else by the columns themselves.
import type { SchemaTree } from "hyparquet";
import { AppError } from "../../core/errors.js";
import type { ParquetFile } from "../arrays/parquet-file.js";
import { classNames, type Label } from "../sample.js";

export interface ImageTable {
  readonly image: string;
  readonly label: string;
  /** Undefined where nobody says whose the images are. */
  readonly patient: string | undefined;
  /** The label, or in words why there is none. */
  readonly labelOf: (cell: unknown) => Label | string;
}

const patientColumns = ["patient", "patient_id"];

/** @throws AppError DATASET_SOURCE_INVALID */
export function understandTable(file: ParquetFile, place: string): ImageTable {
  const { columns } = file;
  const names = columns.map(({ element }) => element.name);
  const image = columns.find(isImage)?.element.name;
  if (image === undefined) {
    throw refusal(place, "should have a column of images with their bytes inside", `columns ${names.join(", ")}`);
  }
  const features = featuresOf(file);
  const isClasses = (name: string) => classesOf(features?.[name]) !== undefined;
  const label = names.find((name) => name === "label" && name !== image) ?? names.find(isClasses);
  const column = columns.find(({ element }) => element.name === label);
  if (label === undefined || column === undefined || column.children.length > 0) {
    throw refusal(place, 'should have a column "label"', `columns ${names.join(", ")}`);
  }
  const isPatient = ({ element, children }: SchemaTree) =>
    patientColumns.includes(element.name.toLowerCase()) && children.length === 0;
  const patient = columns.find(isPatient)?.element.name;
  return { image, label, patient, labelOf: labelReader(column, classesOf(features?.[label]), place) };
}

function isImage({ children, element }: SchemaTree): boolean {
  const parts = children.map((child) => child.element);
  const bytes = parts.find(({ name }) => name === "bytes");
  const isList = element.repetition_type === "REPEATED" || parts.some((part) => part.repetition_type === "REPEATED");
  return bytes?.type === "BYTE_ARRAY" && !isList;
}

function labelReader({ element }: SchemaTree, classes: readonly string[] | undefined, place: string) {
  const isText = element.type === "BYTE_ARRAY";
  if (element.repetition_type === "REPEATED") throw refusal(place, "should have one label for each image", "lists");
  if (!isText && classes === undefined) {
    throw refusal(place, "labels that are numbers need names in the file's metadata", `"${element.name}" without any`);
  }
  const known = classes?.map(labelNamed);
  if (known !== undefined && classNames.some((_, label) => !known.includes(label as Label))) {
    throw refusal(place, `labels should be ${classNames.join(" and ")}`, `"${classes?.slice(0, 8).join('", "')}"`);
  }
  return (cell: unknown): Label | string => {
    const text = isText ? textOf(cell) : classes?.[Number(cell ?? -1)];
    if (text === undefined || text === "") return "it has no label";
    return labelNamed(text) ?? `labelled ${JSON.stringify(text.slice(0, 60))}`;
  };
}

const textOf = (cell: unknown): string | undefined =>
  cell instanceof Uint8Array ? Buffer.from(cell).toString("utf8") : typeof cell === "string" ? cell : undefined;

function labelNamed(text: string): Label | undefined {
  const label = (classNames as readonly string[]).indexOf(text.trim().toUpperCase());
  return label === -1 ? undefined : (label as Label);
}

/** What the library that wrote the file calls its columns' types; undefined where another wrote it. */
function featuresOf(file: ParquetFile): Readonly<Record<string, unknown>> | undefined {
  const text = file.keptText("huggingface");
  if (text === undefined) return undefined;
  try {
    const { info } = JSON.parse(text) as { info?: { features?: unknown } };
    const features = info?.features;
    return typeof features === "object" && features !== null ? (features as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // as if nothing were kept: numbers then have no names, which is refused
  }
}

/** Names of the classes 0, 1, … of a ClassLabel. */
function classesOf(feature: unknown): readonly string[] | undefined {
  if (typeof feature !== "object" || feature === null || !("names" in feature)) return undefined;
  const { names } = feature;
  return Array.isArray(names) && names.every((name) => typeof name === "string") ? names : undefined;
}

const refusal = (place: string, rule: string, received: string): AppError =>
  new AppError("DATASET_SOURCE_INVALID", {
    place,
    rule,
    received,
    remedy: "Save the images as files, with a manifest",
  });
