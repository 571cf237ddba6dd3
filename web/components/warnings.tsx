// What to know before the score: the out-of-scope guard's findings and what the DICOM header says.
import type { JSX } from "preact";
import type { Remarks } from "../../src/browser.js";
import { Icon } from "./icons.js";

export function Warnings({ scope, warnings }: Remarks): JSX.Element | null {
  const remarks = [...scope.findings, ...warnings];
  if (remarks.length === 0) return null;
  return (
    <div class="warnings">
      <p>
        <Icon name="warning" />{" "}
        <strong>
          {scope.inScope
            ? "Before you look at the score"
            : "Not what the model was trained on: a score for this image means little."}
        </strong>
      </p>
      <ul>
        {remarks.map(({ code, message }) => (
          <li key={code}>{message}</li>
        ))}
      </ul>
    </div>
  );
}
