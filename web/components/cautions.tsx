// What to know before the score: the out-of-scope guard's findings and what the DICOM header says.
import type { JSX } from "preact";
import type { Caution } from "../../src/page/page-file.js";
import { Icon } from "./icons.js";

export interface CautionsProps {
  readonly cautions: readonly Caution[];
  /** "outside": the image does not look like what the model was trained on. */
  readonly scope: "inside" | "outside";
}

export function Cautions({ cautions, scope }: CautionsProps): JSX.Element | null {
  if (cautions.length === 0 && scope === "inside") return null;
  return (
    <div class={`cautions is-${scope}`}>
      <p>
        <Icon name="warning" />{" "}
        <strong>
          {scope === "outside"
            ? "Not what the model was trained on: a score for this image means little."
            : "Before you look at the score"}
        </strong>
      </p>
      {cautions.length > 0 && (
        <ul>
          {cautions.map(({ code, message }) => (
            <li key={code}>{message}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
