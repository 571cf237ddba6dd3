// What can be changed while looking at one image, and the keys that change it. The image itself stays as it is.

import { fitted, moved, type Size, type ViewTransform, zoomed } from "../../src/page/view-transform.js";
import { boundedWindow, fullWindow, type WindowLevel } from "../../src/page/window-level.js";

export type DragTool = "window" | "pan";

export interface ViewerState {
  readonly windowLevel: WindowLevel;
  readonly polarity: "as stored" | "inverted";
  readonly tool: DragTool;
  /** null: the whole image, whatever the stage's size. */
  readonly view: ViewTransform | null;
}

export const initialViewer: ViewerState = {
  windowLevel: fullWindow,
  polarity: "as stored",
  tool: "window",
  view: null,
};

export const viewOf = (state: ViewerState, image: Size, stage: Size): ViewTransform =>
  state.view ?? fitted(image, stage);

/** About a point of the stage, or its middle. */
export function zoomViewer(
  state: ViewerState,
  factor: number,
  image: Size,
  stage: Size,
  centre = { x: stage.width / 2, y: stage.height / 2 },
): ViewerState {
  return { ...state, view: zoomed(viewOf(state, image, stage), factor, centre, image, stage) };
}

export function panViewer(state: ViewerState, deltaX: number, deltaY: number, image: Size, stage: Size): ViewerState {
  return { ...state, view: moved(viewOf(state, image, stage), deltaX, deltaY, image, stage) };
}

export const invertViewer = (state: ViewerState): ViewerState => ({
  ...state,
  polarity: state.polarity === "inverted" ? "as stored" : "inverted",
});

/** One step of zooming by key or button. */
export const zoomStep = 1.25;
const panStep = 40;
const windowStep = 8;

/** The state after a key, or undefined where the key is none of the viewer's. Shift with arrows moves the window. */
export function viewerAfterKey(
  state: ViewerState,
  event: Pick<KeyboardEvent, "key" | "shiftKey">,
  image: Size,
  stage: Size,
): ViewerState | undefined {
  const window = (widthBy: number, levelBy: number) => ({
    ...state,
    windowLevel: boundedWindow({
      window: state.windowLevel.window + widthBy,
      level: state.windowLevel.level + levelBy,
    }),
  });
  const arrow = (x: number, y: number) =>
    event.shiftKey
      ? window(windowStep * x, -windowStep * y)
      : panViewer(state, -panStep * x, -panStep * y, image, stage);
  switch (event.key) {
    case "+":
    case "=":
      return zoomViewer(state, zoomStep, image, stage);
    case "-":
      return zoomViewer(state, 1 / zoomStep, image, stage);
    case "0":
      return { ...state, view: null };
    case "i":
      return invertViewer(state);
    case "r":
      return { ...initialViewer, tool: state.tool };
    case "ArrowLeft":
      return arrow(-1, 0);
    case "ArrowRight":
      return arrow(1, 0);
    case "ArrowUp":
      return arrow(0, -1);
    case "ArrowDown":
      return arrow(0, 1);
    default:
      return undefined;
  }
}
