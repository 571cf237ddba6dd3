// One file in the table. Drawn again only when its file, its selection or the threshold changes.
import { Component, type JSX } from "preact";
import { labelOf } from "../../src/page/file-list.js";
import { scoreText } from "../../src/page/model-words.js";
import type { FileState, PageFile } from "../../src/page/page-file.js";

export interface FileRowProps {
  readonly file: PageFile;
  readonly threshold: number | undefined;
  readonly selection: "selected" | "not selected";
  readonly onSelect: (id: number) => void;
}

export class FileRow extends Component<FileRowProps> {
  override shouldComponentUpdate(next: FileRowProps): boolean {
    const { file, threshold, selection } = this.props;
    return next.file !== file || next.threshold !== threshold || next.selection !== selection;
  }

  override render(): JSX.Element {
    const { file, threshold, selection, onSelect } = this.props;
    const isSelected = selection === "selected";
    const reading = file.state.kind === "read" ? file.state.reading : undefined;
    const score = reading === undefined ? "–" : scoreText(reading.score);
    return (
      <tr class={isSelected ? "is-selected" : ""} onClick={() => onSelect(file.id)}>
        <th scope="row">
          <button type="button" class="row-name" aria-current={isSelected ? "true" : undefined} title={file.name}>
            {file.name}
          </button>
        </th>
        <td class={reading?.scope.inScope === false ? "is-score is-doubtful" : "is-score"}>{score}</td>
        <td class="is-state">{stateCell(file.state, threshold)}</td>
      </tr>
    );
  }
}

function stateCell(state: FileState, threshold: number | undefined): JSX.Element {
  switch (state.kind) {
    case "waiting":
      return <span class="state is-waiting">waits</span>;
    case "reading":
      return <span class="state is-reading">reading …</span>;
    case "stopped":
      return <span class="state is-waiting">stopped</span>;
    case "failed":
      return (
        <span class="state is-failed" title={state.failure.message}>
          no score<span class="state-code">: {state.failure.code}</span>
        </span>
      );
    case "read": {
      if (!state.reading.scope.inScope) return <span class="state is-doubtful">out of scope</span>;
      if (threshold === undefined) return <span class="state is-waiting">…</span>;
      const label = labelOf(state.reading, threshold);
      return (
        <>
          <span class={`state is-${label.toLowerCase()}`}>{label}</span>
          {state.reading.warnings.length > 0 && <span class="state is-doubtful">warning</span>}
        </>
      );
    }
    default:
      return state satisfies never;
  }
}
