// All files with their scores; a click on a column's head sorts, one on a name shows the image.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PageFile } from "../../src/page/page-file.js";
import { type SortColumn, type SortOrder, toggledOrder } from "../../src/page/sort-files.js";
import { FileRow } from "./file-row.js";

export interface FileTableProps {
  readonly files: readonly PageFile[];
  readonly order: SortOrder;
  readonly selectedId: number | null;
  readonly onOrder: (order: SortOrder) => void;
  readonly onSelect: (id: number) => void;
}

/** Rows drawn at once: thousands would make every change slow. */
const pageLength = 200;

const columns: readonly { readonly column: SortColumn; readonly title: string }[] = [
  { column: "name", title: "File" },
  { column: "score", title: "P(pneumonia)" },
  { column: "state", title: "Result" },
];

export function FileTable({ files, order, selectedId, onOrder, onSelect }: FileTableProps): JSX.Element {
  const [rows, setRows] = useState(pageLength);
  return (
    <>
      <table class="file-table">
        <caption class="visually-hidden">Files and their scores</caption>
        <thead>
          <tr>
            {columns.map(({ column, title }) => (
              <th
                key={column}
                scope="col"
                class={`is-${column}`}
                aria-sort={order.column === column ? order.direction : "none"}
              >
                <button type="button" class="sort" onClick={() => onOrder(toggledOrder(order, column))}>
                  {title}
                  <span aria-hidden="true">
                    {order.column === column ? (order.direction === "ascending" ? " ▲" : " ▼") : ""}
                  </span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {files.slice(0, rows).map((file) => (
            <FileRow
              key={file.id}
              file={file}
              selection={file.id === selectedId ? "selected" : "not selected"}
              onSelect={onSelect}
            />
          ))}
        </tbody>
      </table>
      {files.length > rows && (
        <button type="button" class="button is-plain" onClick={() => setRows(rows + pageLength)}>
          Show {Math.min(pageLength, files.length - rows)} more of {files.length}
        </button>
      )}
    </>
  );
}
