// What must be in sight wherever a score is.
import type { JSX } from "preact";

export function ResearchNotice(): JSX.Element {
  return (
    <aside class="research-notice" aria-label="Research use">
      <strong>Research use only; not a medical device.</strong> Trained on children of 1 to 5 years; not for adults. A
      score is no diagnosis.
    </aside>
  );
}
