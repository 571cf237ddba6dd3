// Where images come in: dropping, choosing files or a folder, or the example images.
import type { JSX } from "preact";
import type { ChosenFiles } from "../session/dropped-files.js";
import { Examples } from "./examples.js";
import { FileButton } from "./file-button.js";
import { Icon } from "./icons.js";

export interface IntakeProps {
  /** Large while there is nothing else on the page. */
  readonly size: "large" | "small";
  /** What the last choice came to, where it needs a word. */
  readonly notice: string | null;
  readonly onChoose: (files: ChosenFiles) => void;
}

export function Intake({ size, notice, onChoose }: IntakeProps): JSX.Element {
  return (
    <section class={`intake is-${size}`} aria-label="Add images">
      {size === "large" && (
        <p class="intake-lead">
          Drop frontal chest radiographs here: JPEG, PNG or DICOM, one or many, or whole folders.
        </p>
      )}
      <div class="button-row">
        <FileButton choice="files" emphasis="primary" onChoose={onChoose}>
          <Icon name="image" /> Choose images
        </FileButton>
        <FileButton choice="folder" onChoose={onChoose}>
          <Icon name="folder" /> Choose a folder
        </FileButton>
      </div>
      {notice !== null && (
        <p class="intake-notice" role="alert">
          {notice}
        </p>
      )}
      <Examples size={size} onChoose={onChoose} />
    </section>
  );
}
