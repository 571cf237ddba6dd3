// Mouse, pen and fingers on the viewer: one moves the window or the image, two zoom and move, the wheel zooms.
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Size } from "../../src/page/view-transform.js";
import { draggedWindow } from "../../src/page/window-level.js";
import { panViewer, type ViewerState, zoomViewer } from "./viewer-state.js";

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PointerTarget {
  readonly element: RefObject<HTMLElement | null>;
  readonly image: Size | undefined;
  readonly stage: Size;
  readonly onChange: (change: (state: ViewerState) => ViewerState) => void;
}

export function usePointers({ element, image, stage, onChange }: PointerTarget): void {
  const latest = useRef({ image, stage, onChange });
  latest.current = { image, stage, onChange };
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const down = new Map<number, Point>();
    const place = ({ clientX, clientY }: MouseEvent): Point => {
      const { left, top } = target.getBoundingClientRect();
      return { x: clientX - left, y: clientY - top };
    };
    const change = (by: (state: ViewerState, image: Size, stage: Size) => ViewerState) => {
      const { image: size, stage: room, onChange: apply } = latest.current;
      if (size !== undefined) apply((state) => by(state, size, room));
    };
    const onDown = (event: PointerEvent) => {
      if (event.button === 2 || (event.target as Element).closest("button") !== null) return;
      target.setPointerCapture(event.pointerId);
      down.set(event.pointerId, place(event));
    };
    const onMove = (event: PointerEvent) => {
      const before = down.get(event.pointerId);
      if (before === undefined) return;
      const now = place(event);
      down.set(event.pointerId, now);
      const [deltaX, deltaY] = [now.x - before.x, now.y - before.y];
      const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
      if (other !== undefined) {
        const factor = distance(now, other) / Math.max(1, distance(before, other));
        const centre = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
        change((state, size, room) =>
          panViewer(zoomViewer(state, factor, size, room, centre), deltaX / 2, deltaY / 2, size, room),
        );
        return;
      }
      const wantsPan = event.shiftKey || (event.buttons & 4) !== 0;
      change((state, size, room) =>
        state.tool === "pan" || wantsPan
          ? panViewer(state, deltaX, deltaY, size, room)
          : { ...state, windowLevel: draggedWindow(state.windowLevel, deltaX, deltaY) },
      );
    };
    const onUp = (event: PointerEvent) => down.delete(event.pointerId);
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      // Lines of a mouse wheel and pixels of a touchpad, brought to about the same.
      const pixels = event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY;
      const centre = place(event);
      change((state, size, room) => zoomViewer(state, Math.exp(-pixels / 400), size, room, centre));
    };
    target.addEventListener("pointerdown", onDown);
    target.addEventListener("pointermove", onMove);
    target.addEventListener("pointerup", onUp);
    target.addEventListener("pointercancel", onUp);
    target.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      target.removeEventListener("pointerdown", onDown);
      target.removeEventListener("pointermove", onMove);
      target.removeEventListener("pointerup", onUp);
      target.removeEventListener("pointercancel", onUp);
      target.removeEventListener("wheel", onWheel);
    };
  }, [element]);
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
