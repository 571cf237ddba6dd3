// What the model made of the selected file: cautions first, then the score with its operating point, then the heat map's
// controls and what the model is.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PageFile, PageReading } from "../../src/page/page-file.js";
import type { OpenedModel } from "../worker/messages.js";
import { Cautions } from "./cautions.js";
import { HeatControls, type HeatControlsProps, type HeatView } from "./heat-controls.js";
import { Icon } from "./icons.js";
import { ModelFacts } from "./model-facts.js";
import { Score } from "./score.js";

export interface ResultPanelProps {
  readonly file: PageFile;
  readonly model: OpenedModel | undefined;
  readonly heatView: HeatView;
  readonly onHeatView: HeatControlsProps["onChange"];
}

export function ResultPanel({ file, model, heatView, onHeatView }: ResultPanelProps): JSX.Element {
  const { state } = file;
  return (
    <section class="result panel" aria-labelledby="result-title">
      <h2 id="result-title" class="result-name" title={file.name}>
        {file.name}
      </h2>
      <div aria-live="polite">
        {(state.kind === "waiting" || state.kind === "reading") && (
          <p class="result-pending">{model === undefined ? "Waits for the model." : "Reading …"}</p>
        )}
        {state.kind === "stopped" && <p class="result-pending">Stopped before it was read.</p>}
        {state.kind === "failed" && (
          <div class="failure">
            <p>
              <Icon name="error" /> <strong>No score for this file.</strong>
            </p>
            <p class="failure-text">{state.failure.message}</p>
            <p class="hint">{state.failure.code}</p>
          </div>
        )}
        {state.kind === "read" && model !== undefined && (
          <Outcome key={file.id} reading={state.reading} model={model} />
        )}
      </div>
      {state.kind === "read" && state.reading.heatMap !== null && (
        <HeatControls view={heatView} onChange={onHeatView} />
      )}
      {model !== undefined && <ModelFacts contract={model.contract} />}
    </section>
  );
}

/** An image that is out of scope keeps its score to itself until someone insists. */
function Outcome({ reading, model }: { readonly reading: PageReading; readonly model: OpenedModel }): JSX.Element {
  const [isWanted, setWanted] = useState(reading.isInScope);
  return (
    <>
      <Cautions cautions={reading.cautions} scope={reading.isInScope ? "inside" : "outside"} />
      {isWanted ? (
        <Score reading={reading} contract={model.contract} />
      ) : (
        <button type="button" class="button is-plain" onClick={() => setWanted(true)}>
          Show the score nevertheless
        </button>
      )}
    </>
  );
}
