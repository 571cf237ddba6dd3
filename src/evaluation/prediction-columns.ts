// The columns of predictions.csv that stand there only where some row knows them. A new one is one line here.
import { factCells } from "../core/fact-cells.js";
import type { Prediction } from "./prediction.js";

export interface OptionalColumn {
  readonly column: string;
  /** The cell of a row; undefined where the row does not know. */
  readonly text: (row: Prediction) => string | undefined;
  /** What a cell that is not empty says. @throws CellError */
  readonly read: (text: string) => Partial<Prediction>;
}

export const optionalColumns: readonly OptionalColumn[] = [
  { column: "split", text: ({ split }) => split, read: (split) => ({ split }) },
  { column: "study", text: ({ study }) => study, read: (study) => ({ study }) },
  {
    column: "age_years",
    text: ({ ageYears }) => (ageYears === undefined ? undefined : String(ageYears)),
    read: (text) => ({ ageYears: factCells.ageYears(text) }),
  },
  { column: "sex", text: ({ sex }) => sex, read: (text) => ({ sex: factCells.sex(text) }) },
  { column: "view", text: ({ view }) => view, read: (text) => ({ view: factCells.view(text) }) },
  { column: "source", text: ({ source }) => source, read: (source) => ({ source }) },
  { column: "finding", text: ({ finding }) => finding, read: (finding) => ({ finding }) },
];
