// Buttons and sliders under the viewer: everything that dragging does can be done here too.
import type { JSX } from "preact";
import type { GrayImage } from "../../src/browser.js";
import type { Size } from "../../src/page/view-transform.js";
import { percentileWindow, type WindowLevel } from "../../src/page/window-level.js";
import {
  type DragTool,
  initialViewer,
  invertViewer,
  type ViewerState,
  zoomStep,
  zoomViewer,
} from "../viewer/viewer-state.js";
import { Icon, type IconName } from "./icons.js";

export interface ViewerToolbarProps {
  readonly state: ViewerState;
  readonly image: GrayImage | undefined;
  readonly stage: Size;
  readonly onChange: (state: ViewerState) => void;
}

export function ViewerToolbar({ state, image, stage, onChange }: ViewerToolbarProps): JSX.Element {
  const isOff = image === undefined;
  const zoom = (factor: number) => image !== undefined && onChange(zoomViewer(state, factor, image, stage));
  const setWindow = (part: Partial<WindowLevel>) =>
    onChange({ ...state, windowLevel: { ...state.windowLevel, ...part } });
  return (
    <fieldset class="viewer-toolbar" aria-label="View">
      <fieldset class="tool-group" aria-label="Dragging changes">
        <ToolButton tool="window" icon="window" text="Window" state={state} onChange={onChange} />
        <ToolButton tool="pan" icon="pan" text="Move" state={state} onChange={onChange} />
      </fieldset>
      <div class="tool-group">
        <IconButton icon="minus" name="Zoom out" disabled={isOff} onClick={() => zoom(1 / zoomStep)} />
        <IconButton icon="plus" name="Zoom in" disabled={isOff} onClick={() => zoom(zoomStep)} />
        <IconButton icon="fit" name="Fit" disabled={isOff} onClick={() => onChange({ ...state, view: null })} />
        <button
          type="button"
          class="button is-tool"
          aria-pressed={state.polarity === "inverted"}
          aria-label="Invert"
          title="Invert"
          disabled={isOff}
          onClick={() => onChange(invertViewer(state))}
        >
          <Icon name="invert" />
        </button>
        <IconButton
          icon="reset"
          name="Reset the view"
          disabled={isOff}
          onClick={() => onChange({ ...initialViewer, tool: state.tool })}
        />
      </div>
      <div class="tool-sliders">
        <Slider
          name="Window"
          low={1}
          high={510}
          value={state.windowLevel.window}
          onInput={(window) => setWindow({ window })}
        />
        <Slider
          name="Level"
          low={0}
          high={255}
          value={state.windowLevel.level}
          onInput={(level) => setWindow({ level })}
        />
        <button
          type="button"
          class="button is-tool"
          disabled={isOff}
          onClick={() => image !== undefined && onChange({ ...state, windowLevel: percentileWindow(image.data) })}
        >
          Auto
        </button>
      </div>
    </fieldset>
  );
}

interface ToolButtonProps extends Pick<ViewerToolbarProps, "state" | "onChange"> {
  readonly tool: DragTool;
  readonly icon: IconName;
  readonly text: string;
}

function ToolButton({ tool, icon, text, state, onChange }: ToolButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="button is-tool"
      aria-pressed={state.tool === tool}
      onClick={() => onChange({ ...state, tool })}
    >
      <Icon name={icon} /> {text}
    </button>
  );
}

interface IconButtonProps {
  readonly icon: IconName;
  readonly name: string;
  readonly disabled: boolean;
  readonly onClick: () => void;
}

function IconButton({ icon, name, disabled, onClick }: IconButtonProps): JSX.Element {
  return (
    <button type="button" class="button is-tool" aria-label={name} title={name} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

interface SliderProps {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly value: number;
  readonly onInput: (value: number) => void;
}

function Slider({ name, low, high, value, onInput }: SliderProps): JSX.Element {
  return (
    <label class="slider">
      <span>{name}</span>
      <input
        type="range"
        min={low}
        max={high}
        step={1}
        value={value}
        onInput={(event) => onInput(Number(event.currentTarget.value))}
      />
    </label>
  );
}
