// How the heat map is shown: at all, how strongly, for which class.
import type { JSX } from "preact";
import type { ClassHeatMaps, HeatMap } from "../../src/browser.js";
import { isCold } from "../../src/page/heat-picture.js";

export interface HeatView {
  readonly shown: "shown" | "hidden";
  /** 0..1 */
  readonly opacity: number;
  /** 0 NORMAL, 1 PNEUMONIA */
  readonly classIndex: 0 | 1;
}

export const defaultHeatView: HeatView = { shown: "shown", opacity: 0.6, classIndex: 1 };

export const classTitles = ["normal", "pneumonia"] as const;

/** The map of the class that is looked at. */
export const mapShown = (maps: ClassHeatMaps, { classIndex }: HeatView): HeatMap =>
  classIndex === 1 ? maps.PNEUMONIA : maps.NORMAL;

export interface HeatControlsProps {
  readonly maps: ClassHeatMaps;
  readonly view: HeatView;
  readonly onChange: (view: HeatView) => void;
}

export function HeatControls({ maps, view, onChange }: HeatControlsProps): JSX.Element {
  return (
    <fieldset class="heat-controls">
      <legend>Where the model looked</legend>
      <p class="hint">Which regions moved its score for a class (Grad-CAM). It does not show where a disease is.</p>
      <div class="heat-row">
        <label class="check">
          <input
            type="checkbox"
            checked={view.shown === "shown"}
            onChange={(event) => onChange({ ...view, shown: event.currentTarget.checked ? "shown" : "hidden" })}
          />
          Show
        </label>
        <div class="segmented" role="radiogroup" aria-label="Class of the heat map">
          {([1, 0] as const).map((classIndex) => (
            <label key={classIndex}>
              <input
                type="radio"
                name="heat-class"
                checked={view.classIndex === classIndex}
                onChange={() => onChange({ ...view, classIndex })}
              />
              <span>{classTitles[classIndex]}</span>
            </label>
          ))}
        </div>
      </div>
      {isCold(mapShown(maps, view)) && (
        <p class="hint">No region raised this image's score for {classTitles[view.classIndex]}: the map is empty.</p>
      )}
      <label class="slider">
        <span>Opacity</span>
        <input
          type="range"
          min={0}
          max={100}
          value={Math.round(100 * view.opacity)}
          disabled={view.shown === "hidden"}
          onInput={(event) => onChange({ ...view, opacity: Number(event.currentTarget.value) / 100 })}
        />
      </label>
      <p class="heat-scale" aria-hidden="true">
        <span>little</span>
        <span class="heat-ramp" />
        <span>much</span>
      </p>
    </fieldset>
  );
}
