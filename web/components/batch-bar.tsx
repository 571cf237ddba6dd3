// Above the table: how far scoring is, stopping and going on, saving the table, emptying it.
import type { JSX } from "preact";
import type { PageFile } from "../../src/page/page-file.js";
import { resultsCsv } from "../../src/page/results-csv.js";
import { downloadText } from "../session/download.js";
import { type PageSession, type SessionState, sessionCounts } from "../session/page-session.js";
import { Icon } from "./icons.js";

export interface BatchBarProps {
  readonly session: PageSession;
  readonly state: SessionState;
  /** In the order of the table, which is the order of the CSV file. */
  readonly files: readonly PageFile[];
}

export function BatchBar({ session, state, files }: BatchBarProps): JSX.Element {
  const { total, open, scored, failed, stopped } = sessionCounts(state);
  const done = total - open - stopped;
  const parts = [`${scored} scored`, failed > 0 && `${failed} without a score`, stopped > 0 && `${stopped} stopped`];
  return (
    <div class="batch-bar">
      <h2 id="files-title">
        {total} {total === 1 ? "file" : "files"}
      </h2>
      <p class="batch-counts" role="status">
        {open > 0 ? `${done} of ${total - stopped} done` : parts.filter((part) => part !== false).join(", ")}
      </p>
      {open > 0 && total > 1 && <progress aria-label="Files scored" value={done} max={total - stopped} />}
      <div class="button-row">
        {open > 1 && (
          <button type="button" class="button is-plain" onClick={() => session.stop()}>
            <Icon name="stop" /> Stop
          </button>
        )}
        {stopped > 0 && (
          <button type="button" class="button is-plain" onClick={() => session.resume()}>
            <Icon name="play" /> Go on
          </button>
        )}
        <button
          type="button"
          class="button is-plain"
          disabled={done === 0}
          onClick={() => downloadText("pneumoscope-results.csv", "text/csv", resultsCsv(files))}
        >
          <Icon name="download" /> Save as CSV
        </button>
        <button type="button" class="button is-quiet" onClick={() => session.clear()}>
          <Icon name="clear" /> Clear
        </button>
      </div>
    </div>
  );
}
