// The score with what it is worth: the threshold it is compared with, who chose it on what, and how often that is right.
import type { JSX } from "preact";
import type { ModelContract, ScoredResult } from "../../src/browser.js";
import { unsureScores, unsureText } from "../../src/core/unsure-band.js";
import { operatingPoint } from "../../src/model/model-contract.js";
import { policyText, proportionText, scoreText } from "../../src/page/model-words.js";

export interface ScoreProps {
  readonly result: ScoredResult;
  readonly contract: ModelContract;
}

export function Score({ result, contract }: ScoreProps): JSX.Element {
  const { score, label, threshold } = result;
  const operation = operatingPoint(contract);
  return (
    <div class={`score is-${label.toLowerCase()}`}>
      <p class="score-line">
        <span class="score-name">P(pneumonia)</span>
        <span class="score-value" data-testid="score" data-score={score}>
          {scoreText(score)}
        </span>
      </p>
      <div class="gauge" aria-hidden="true">
        <span class="gauge-fill" style={{ width: `${100 * score}%` }} />
        <span class="gauge-threshold" style={{ left: `${100 * threshold}%` }} />
      </div>
      <p class="score-call">
        {reasonText(result, contract)}: called <strong>{label}</strong>.
      </p>
      {contract.unsure === undefined ? null : <p class="hint">{unsureText(contract.unsure)}</p>}
      <p class="hint">Threshold: {policyText(contract.threshold)}.</p>
      {operation === undefined ? (
        <p class="hint">The model's file does not say how often that is right.</p>
      ) : (
        <table class="operation">
          <caption>
            At this threshold, on {operation.images} {operation.split} images
          </caption>
          <tbody>
            <tr>
              <th scope="row">Sensitivity</th>
              <td>{proportionText(operation.sensitivity)}</td>
            </tr>
            <tr>
              <th scope="row">Specificity</th>
              <td>{proportionText(operation.specificity)}</td>
            </tr>
          </tbody>
        </table>
      )}
    </div>
  );
}

function reasonText({ label, score, threshold }: ScoredResult, { unsure }: ModelContract): string {
  const open = unsure === undefined || label !== "UNSURE" ? null : unsureScores(unsure, threshold);
  if (open !== null)
    return `Between ${open.from.toFixed(4)} and ${open.to.toFixed(4)}, where images of both classes lie`;
  return `${score >= threshold ? "At or above" : "Below"} the threshold of ${threshold.toFixed(4)}`;
}
