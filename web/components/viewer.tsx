// The radiograph with the heat map over it. What is changed here is for looking only; the model's input stays the same.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { HeatMap } from "../../src/browser.js";
import { windowTable } from "../../src/page/window-level.js";
import type { ShownImage } from "../session/page-session.js";
import { drawScene, paintGrey, paintHeat } from "../viewer/paint.js";
import { usePointers } from "../viewer/use-pointers.js";
import { useStageSize } from "../viewer/use-stage-size.js";
import { initialViewer, viewerAfterKey, viewOf } from "../viewer/viewer-state.js";
import { classTitles, type HeatView } from "./heat-controls.js";
import { ViewerToolbar } from "./viewer-toolbar.js";

export interface ViewerProps {
  readonly name: string;
  readonly shown: ShownImage;
  /** Of the class that is looked at. */
  readonly heatMap: HeatMap | null;
  readonly heatView: HeatView;
  readonly onHeatView: (view: HeatView) => void;
  /** To the next or the previous file of the table. */
  readonly onStep: (by: 1 | -1) => void;
}

const keyHelp =
  "Keys: plus and minus zoom, 0 fits, arrows move, Shift with arrows changes the window, I inverts, H switches the heat map, R resets, Page Down and Page Up go to the next and the previous image.";

export function Viewer({ name, shown, heatMap, heatView, onHeatView, onStep }: ViewerProps): JSX.Element {
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [state, setState] = useState(initialViewer);
  const stageSize = useStageSize(stage);
  const image = shown.kind === "shown" ? shown.decoded.image : undefined;
  const [grey, heat] = useMemo(() => [document.createElement("canvas"), document.createElement("canvas")], []);
  const isHeatShown = heatView.shown === "shown" && heatMap !== null;
  usePointers({ element: stage, image, stage: stageSize, onChange: setState });

  useLayoutEffect(() => {
    if (image !== undefined) paintGrey(image, windowTable(state.windowLevel, state.polarity), grey);
  }, [image, state.windowLevel, state.polarity]);
  useLayoutEffect(() => {
    if (heatMap !== null) paintHeat(heatMap, heat);
  }, [heatMap]);
  useEffect(() => {
    if (image === undefined || canvas.current === null) return;
    const view = viewOf(state, image, stageSize);
    drawScene(
      canvas.current,
      { grey, heat: isHeatShown ? heat : null, heatOpacity: heatView.opacity, view },
      stageSize,
    );
  }, [image, heatMap, heatView, isHeatShown, state, stageSize]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target !== event.currentTarget) return;
    const step = { PageDown: 1, PageUp: -1 }[event.key] as 1 | -1 | undefined;
    if (step !== undefined) onStep(step);
    else if (event.key === "h") onHeatView({ ...heatView, shown: heatView.shown === "shown" ? "hidden" : "shown" });
    else if (image !== undefined) {
      const next = viewerAfterKey(state, event, image, stageSize);
      if (next === undefined) return;
      setState(next);
    } else return;
    event.preventDefault();
  };
  const overlay = isHeatShown
    ? `, with where the model looked for ${classTitles[heatView.classIndex]} laid over it`
    : "";

  return (
    <section class="viewer panel" aria-label="Viewer">
      <div
        ref={stage}
        class={`viewer-stage is-${state.tool}`}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is interactive; its keys are in the description
        tabIndex={0}
        aria-label={`Radiograph ${name}${overlay}`}
        aria-describedby="viewer-keys"
        onKeyDown={onKeyDown}
      >
        <canvas ref={canvas} class="viewer-canvas" />
        {shown.kind === "decoding" && <p class="viewer-message">Decoding …</p>}
        {shown.kind === "failed" && <p class="viewer-message">This file cannot be shown.</p>}
        {image !== undefined && (
          <p class="viewer-corner" aria-hidden="true">
            {image.width} × {image.height} · W {state.windowLevel.window} L {Math.round(state.windowLevel.level)}
          </p>
        )}
      </div>
      <p id="viewer-keys" class="visually-hidden">
        {keyHelp}
      </p>
      <ViewerToolbar state={state} image={image} stage={stageSize} onChange={setState} />
    </section>
  );
}
