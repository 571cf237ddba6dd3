// What the model made of the selected file: warnings first, then the score with its operating point, then the heat map's
// controls and what the model is.
import type { JSX } from "preact";
import type { PageFile } from "../../src/page/page-file.js";
import type { OpenedModel } from "../worker/messages.js";
import { HeatControls, type HeatControlsProps, type HeatView } from "./heat-controls.js";
import { Icon } from "./icons.js";
import { ModelFacts } from "./model-facts.js";
import { Score } from "./score.js";
import { Warnings } from "./warnings.js";

export interface ResultPanelProps {
  readonly file: PageFile;
  readonly model: OpenedModel | undefined;
  /** "hidden" for images out of scope whose score nobody has asked for. */
  readonly outcome: "shown" | "hidden";
  readonly onReveal: () => void;
  readonly heatView: HeatView;
  readonly onHeatView: HeatControlsProps["onChange"];
}

export function ResultPanel(props: ResultPanelProps): JSX.Element {
  const { file, model, outcome, onReveal, heatView, onHeatView } = props;
  const { state } = file;
  return (
    <section class="result panel" aria-labelledby="result-title">
      <h2 id="result-title" class="result-name" title={file.name}>
        {file.name}
      </h2>
      <div aria-live="polite">
        {(state.kind === "waiting" || state.kind === "scoring") && (
          <p class="result-pending">{model === undefined ? "Waits for the model." : "Scoring …"}</p>
        )}
        {state.kind === "stopped" && <p class="result-pending">Stopped before it was scored.</p>}
        {state.kind === "failed" && (
          <div class="failure">
            <p>
              <Icon name="error" /> <strong>No score for this file.</strong>
            </p>
            <p class="failure-text">{state.error.message}</p>
            <p class="hint">{state.error.code}</p>
          </div>
        )}
        {state.kind === "scored" && <Warnings scope={state.scope} warnings={state.warnings} />}
        {state.kind === "scored" && model !== undefined && outcome === "shown" && (
          <Score result={state} contract={model.contract} />
        )}
        {outcome === "hidden" && (
          <button type="button" class="button is-plain" onClick={onReveal}>
            Show the score nevertheless
          </button>
        )}
      </div>
      {state.kind === "scored" && state.heatMaps != null && outcome === "shown" && (
        <HeatControls maps={state.heatMaps} view={heatView} onChange={onHeatView} />
      )}
      {model !== undefined && <ModelFacts contract={model.contract} />}
    </section>
  );
}
