// What must be in sight wherever a score is.

import type { JSX } from "preact";
import { researchUse } from "../../src/core/research-use.js";
import type { ModelContract } from "../../src/model/model-contract.js";
import { trainedOnSentence } from "../../src/page/model-words.js";

/** @param props.contract undefined until a model is there */
export function ResearchNotice({ contract }: { readonly contract: ModelContract | undefined }): JSX.Element {
  return (
    <aside class="research-notice" aria-label="Research use">
      <strong>{researchUse}</strong> {contract !== undefined && `${trainedOnSentence(contract.trainedOn)} `}A score is
      no diagnosis.
    </aside>
  );
}
