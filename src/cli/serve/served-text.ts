// What `serve` prints when it listens: the address, the model with its operating point, and what it must not be used for.
import { isIP } from "node:net";
import type { MeasuredValue } from "../../model/model-contract.js";
import { shortOrigin } from "../../report/words.js";
import { modelFacts, researchUse } from "../../serve/model-facts.js";
import type { OpenedModel } from "./run-server.js";

export function servedText({ model, modelFile }: OpenedModel, address: string): string {
  const { summary, threshold } = modelFacts(model, modelFile.sha256);
  const { measured, value } = threshold;
  const worth =
    measured === null
      ? "how often that is right is not known"
      : `sensitivity ${shareText(measured.sensitivity)}, specificity ${shareText(measured.specificity)}, on ${measured.images} ${measured.split} images`;
  return [
    `Serving ${summary.title} (${summary.id}) at ${address}`,
    `  Threshold ${value} (${shortOrigin(threshold)}): ${worth}`,
    `  API: POST ${address}/v1/predict, described in ${address}/openapi.json`,
    ...(model.hasContract ? [] : [`  ${assumed}`]),
    ...(isLocal(address) ? [] : ["  Other machines can reach it: there is no log-in and no encryption."]),
    `${researchUse} Stop with Ctrl-C.`,
    "",
  ].join("\n");
}

const assumed =
  "The file does not say how it wants to be read. Assumed: grey values 0 to 1, sigmoid = P(pneumonia), threshold 0.5.";

function shareText({ value, low, high }: MeasuredValue): string {
  const text = (share: number | null) => (share === null ? "unknown" : share.toFixed(3).replace(/^0/, ""));
  return `${text(value)} (${text(low)} to ${text(high)})`;
}

function isLocal(address: string): boolean {
  const name = new URL(address).hostname.replace(/^\[|\]$/g, "");
  return name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}
