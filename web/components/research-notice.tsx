// What must be in sight wherever a score is.

import type { JSX } from "preact";
import { researchUse } from "../../src/core/research-use.js";

export function ResearchNotice(): JSX.Element {
  return (
    <aside class="research-notice" aria-label="Research use">
      <strong>{researchUse}</strong> Trained on children of 1 to 5 years; not for adults. A score is no diagnosis.
    </aside>
  );
}
