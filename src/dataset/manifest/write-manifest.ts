// manifest.csv, written whole or not at all: rows stream into a file that takes its name when it is complete.
import { stringify } from "csv-stringify/sync";
import { writeFileAtomically } from "../../core/atomic-file.js";
import { disarmFormula } from "../../core/spreadsheet-text.js";
import { classNames } from "../sample.js";
import { type ManifestRow, optionalColumns, requiredColumns } from "./manifest-row.js";

/** Rows that become text together. */
const rowsAtOnce = 10_000;

/**
 * Optional columns that no row fills are left out.
 * @throws AppError FILE_UNWRITABLE
 */
export async function writeManifest(path: string, rows: readonly ManifestRow[]): Promise<void> {
  await writeFileAtomically(path, Buffer.concat([...manifestParts(rows)]));
}

function* manifestParts(rows: readonly ManifestRow[]): Generator<Buffer> {
  const others = new Set<string>();
  const filled = new Set<string>();
  for (const row of rows) {
    for (const name of Object.keys(row.facts.others ?? {})) others.add(name);
    for (const column of optionalColumns) if (optionalCell(row, column) !== "") filled.add(column);
  }
  const optional = optionalColumns.filter((column) => filled.has(column));
  yield csv([[...requiredColumns, ...optional, ...others]]);
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    yield csv(
      rows
        .slice(from, from + rowsAtOnce)
        .map((row) =>
          [
            row.path,
            classNames[row.label],
            row.patient ?? "",
            ...optional.map((column) => optionalCell(row, column)),
            ...[...others].map((name) => row.facts.others?.[name] ?? ""),
          ].map(disarmFormula),
        ),
    );
  }
}

const csv = (rows: readonly (readonly string[])[]): Buffer =>
  Buffer.from(stringify(rows as string[][], { record_delimiter: "unix" }));

function optionalCell({ split, facts }: ManifestRow, column: (typeof optionalColumns)[number]): string {
  switch (column) {
    case "split":
      return split ?? "";
    case "age_years":
      return facts.ageYears === undefined ? "" : String(facts.ageYears);
    case "study":
    case "sex":
    case "view":
    case "acquired":
    case "source":
    case "finding":
      return facts[column] ?? "";
    default:
      return column satisfies never;
  }
}
