// The whole page, and the few things that more than one part of it shares: the session's state, the order of the table,
// how heat maps are shown.
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { choiceNotice } from "../../src/page/file-choice.js";
import { defaultPageSettings } from "../../src/page/page-settings.js";
import { shiftNotice } from "../../src/page/shift-notice.js";
import { type SortOrder, sortFiles } from "../../src/page/sort-files.js";
import type { ChosenFiles } from "../session/dropped-files.js";
import type { PageSession } from "../session/page-session.js";
import type { ServerAccess } from "../session/server-access.js";
import { useAccess } from "../session/use-access.js";
import { useSessionState } from "../session/use-session.js";
import { BatchBar } from "./batch-bar.js";
import { DropArea } from "./drop-area.js";
import { FileTable } from "./file-table.js";
import { defaultHeatView, type HeatView, mapShown } from "./heat-controls.js";
import { Intake } from "./intake.js";
import { ModelStatus } from "./model-status.js";
import { PageFooter } from "./page-footer.js";
import { PageHeader } from "./page-header.js";
import { ResearchNotice } from "./research-notice.js";
import { ResultPanel } from "./result-panel.js";
import { ShiftWarning } from "./shift-warning.js";
import { TokenPrompt } from "./token-prompt.js";
import { Viewer } from "./viewer.js";

export interface AppProps {
  readonly session: PageSession;
  readonly access: ServerAccess;
  /** Resolves when a newer version of the page is ready, to what reloads the page with it. */
  readonly update: Promise<() => void>;
}

export function App({ session, access, update }: AppProps): JSX.Element {
  const state = useSessionState(session);
  const entry = useAccess(access);
  const [settings, setSettings] = useState(defaultPageSettings);
  const [applyUpdate, setApplyUpdate] = useState<(() => void) | null>(null);
  const [order, setOrder] = useState<SortOrder>({ column: "added", direction: "ascending" });
  const [revealed, setRevealed] = useState<ReadonlySet<number>>(new Set());
  const [notice, setNotice] = useState<string | null>(null);
  const [heatView, setHeatView] = useState<HeatView>(defaultHeatView);
  useEffect(() => {
    void access.settings.then(setSettings);
    void update.then((apply) => setApplyUpdate(() => apply));
  }, [access, update]);

  const { list, shown } = state;
  const model = state.model.kind === "open" ? state.model.model : undefined;
  const files = useMemo(() => sortFiles(list.files, order), [list.files, order]);
  const shift = useMemo(
    () => (model === undefined ? null : shiftNotice(model.contract, list.files)),
    [model, list.files],
  );
  const selected = list.files.find((file) => file.id === list.selectedId);
  const choose = (chosen: ChosenFiles) => {
    const { images, model: modelFile } = chosen;
    setNotice(choiceNotice(chosen));
    if (modelFile !== null) void session.openModel({ kind: "file", file: modelFile });
    session.add(images);
  };
  const step = (by: 1 | -1) => {
    const next = files[files.findIndex((file) => file.id === list.selectedId) + by];
    if (next !== undefined) session.select(next.id);
  };
  const result = selected?.state.kind === "scored" ? selected.state : undefined;
  const hasFiles = list.files.length > 0;
  // What is out of scope keeps score and heat map to itself until someone insists.
  const isHidden = result?.scope.inScope === false && selected !== undefined && !revealed.has(selected.id);

  if (entry.kind === "asking") {
    return (
      <>
        <div class="page-top">
          <PageHeader settings={settings} access={access} applyUpdate={applyUpdate} />
          <ResearchNotice contract={undefined} />
        </div>
        <main class="content is-empty">
          <TokenPrompt access={access} wasRefused={entry.wasRefused} />
        </main>
      </>
    );
  }
  return (
    <>
      <DropArea onChoose={choose} />
      <a class="skip-link" href="#content">
        Skip to the content
      </a>
      <div class="page-top">
        <PageHeader settings={settings} access={access} applyUpdate={applyUpdate} />
        <ResearchNotice contract={model?.contract} />
      </div>
      <main id="content" class={hasFiles ? "content" : "content is-empty"} tabIndex={-1}>
        <h1 class={hasFiles ? "visually-hidden" : "intro-title"}>Read chest radiographs in your browser</h1>
        <ModelStatus model={state.model} onChoose={choose} />
        <Intake size={hasFiles ? "small" : "large"} notice={notice} onChoose={choose} />
        {selected !== undefined && (
          <div class="workspace">
            <Viewer
              key={selected.id}
              name={selected.name}
              shown={shown}
              heatMap={isHidden || result?.heatMaps == null ? null : mapShown(result.heatMaps, heatView)}
              heatView={heatView}
              onHeatView={setHeatView}
              onStep={step}
            />
            <ResultPanel
              file={selected}
              model={model}
              outcome={isHidden ? "hidden" : "shown"}
              onReveal={() => setRevealed(new Set([...revealed, selected.id]))}
              heatView={heatView}
              onHeatView={setHeatView}
            />
          </div>
        )}
        {hasFiles && (
          <section class="files panel" aria-labelledby="files-title">
            <BatchBar session={session} state={state} files={files} />
            <ShiftWarning notice={shift} />
            <FileTable
              files={files}
              order={order}
              selectedId={list.selectedId}
              onOrder={setOrder}
              onSelect={(id) => session.select(id)}
            />
          </section>
        )}
      </main>
      <PageFooter model={model} isKept={access.authorization === null} />
    </>
  );
}
