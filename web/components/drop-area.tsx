// The whole window takes dropped files, so that nobody has to aim; a frame shows it while something hangs over it.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type ChosenFiles, filesOfDrop } from "../session/dropped-files.js";

export interface DropAreaProps {
  readonly onChoose: (files: ChosenFiles) => void;
}

export function DropArea({ onChoose }: DropAreaProps): JSX.Element | null {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false); // else it is over another element of the page
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      setOver(false);
      void filesOfDrop(event.dataTransfer).then(onChoose);
    };
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, [onChoose]);
  if (!isOver) return null;
  return (
    <div class="drop-frame" aria-hidden="true">
      <span>Drop images, folders or a model (.onnx)</span>
    </div>
  );
}
