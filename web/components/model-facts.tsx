// What the model's file says about itself, folded away.
import type { JSX } from "preact";
import { type ModelContract, operatingPoint } from "../../src/model/model-contract.js";
import { aucText } from "../../src/page/model-words.js";

export function ModelFacts({ contract }: { readonly contract: ModelContract }): JSX.Element {
  const operation = operatingPoint(contract);
  const { trainedOn, weights, licence } = contract;
  const facts: readonly (readonly [string, string])[] = [
    ["Model", contract.title],
    ["Trained on", `${trainedOn.dataset}, ${trainedOn.images} images`],
    ["Started from", weights.title],
    ...(operation === undefined
      ? []
      : [[`AUC, ${operation.split} (n = ${operation.auc.n})`, aucText(operation.auc)] as const]),
    ["Input", `${contract.imageSize} × ${contract.imageSize} grey, ${contract.interpolation} resizing`],
    ["Stored as", contract.precision],
    ["Licence", licence.weights === null ? licence.model : `${licence.model}; weights: ${licence.weights}`],
    ["Written by", `Pneumoscope ${contract.productVersion ?? "(unknown version)"}`],
  ];
  return (
    <details class="facts">
      <summary>About the model</summary>
      <p>{contract.intendedUse}</p>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
