// One file in the table. Drawn again only when its file or its selection changes.
import { Component, type JSX } from "preact";
import { scoreText } from "../../src/page/model-words.js";
import type { FileState, PageFile } from "../../src/page/page-file.js";

export interface FileRowProps {
  readonly file: PageFile;
  readonly selection: "selected" | "not selected";
  readonly onSelect: (id: number) => void;
}

export class FileRow extends Component<FileRowProps> {
  override shouldComponentUpdate(next: FileRowProps): boolean {
    const { file, selection } = this.props;
    return next.file !== file || next.selection !== selection;
  }

  override render(): JSX.Element {
    const { file, selection, onSelect } = this.props;
    const isSelected = selection === "selected";
    const result = file.state.kind === "scored" ? file.state : undefined;
    const score = result === undefined ? "–" : scoreText(result.score);
    return (
      <tr class={isSelected ? "is-selected" : ""} onClick={() => onSelect(file.id)}>
        <th scope="row">
          <button type="button" class="row-name" aria-current={isSelected ? "true" : undefined} title={file.name}>
            {file.name}
          </button>
        </th>
        <td class={result?.scope.inScope === false ? "is-score is-doubtful" : "is-score"}>{score}</td>
        <td class="is-state">{stateCell(file.state)}</td>
      </tr>
    );
  }
}

function stateCell(state: FileState): JSX.Element {
  switch (state.kind) {
    case "waiting":
      return <span class="state is-waiting">waits</span>;
    case "scoring":
      return <span class="state is-scoring">scoring …</span>;
    case "stopped":
      return <span class="state is-waiting">stopped</span>;
    case "failed":
      return (
        <span class="state is-failed" title={state.error.message}>
          no score<span class="state-code">: {state.error.code}</span>
        </span>
      );
    case "scored":
      if (!state.scope.inScope) return <span class="state is-doubtful">out of scope</span>;
      return (
        <>
          <span class={`state is-${state.label.toLowerCase()}`}>{state.label}</span>
          {state.warnings.length > 0 && <span class="state is-doubtful">warning</span>}
        </>
      );
    default:
      return state satisfies never;
  }
}
