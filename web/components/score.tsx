// The score with what it is worth: the threshold it is compared with, who chose it on what, and how often that is right.
import type { JSX } from "preact";
import { type ModelContract, operatingPoint } from "../../src/model/model-contract.js";
import { labelOf } from "../../src/page/file-list.js";
import { policyText, proportionText, scoreText } from "../../src/page/model-words.js";
import type { PageReading } from "../../src/page/page-file.js";

export interface ScoreProps {
  readonly reading: PageReading;
  readonly contract: ModelContract;
}

export function Score({ reading, contract }: ScoreProps): JSX.Element {
  const { threshold } = contract;
  const label = labelOf(reading, threshold.value);
  const operation = operatingPoint(contract);
  const isCalled = label === "PNEUMONIA";
  return (
    <div class={`score is-${label.toLowerCase()}`}>
      <p class="score-line">
        <span class="score-name">P(pneumonia)</span>
        <span class="score-value" data-testid="score" data-score={reading.score}>
          {scoreText(reading.score)}
        </span>
      </p>
      <div class="gauge" aria-hidden="true">
        <span class="gauge-fill" style={{ width: `${100 * reading.score}%` }} />
        <span class="gauge-threshold" style={{ left: `${100 * threshold.value}%` }} />
      </div>
      <p class="score-call">
        {isCalled ? "At or above" : "Below"} the threshold of {threshold.value.toFixed(4)}: called{" "}
        <strong>{label}</strong>.
      </p>
      <p class="hint">Threshold: {policyText(threshold)}.</p>
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
