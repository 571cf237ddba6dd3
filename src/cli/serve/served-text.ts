// What `serve` prints when it listens: the address, the model with its operating point, and what it must not be used for.
import { isIP } from "node:net";
import { type Classifier, researchUse, unsureText } from "../../index.js";
import { describeServed } from "../../serve.js";
import { assumptionNote } from "../inference/model-options.js";
import { measuredText, thresholdSource } from "../inference/threshold-source.js";
import { visible } from "../visible.js";

/**
 * @param isLocked whether tokens are asked for
 */
export function servedText(model: Classifier, address: string, isLocked: boolean): string {
  const { summary, threshold } = describeServed(model);
  const { measured, value } = threshold;
  const assumed = assumptionNote(model);
  const worth =
    measured === null
      ? "not measured"
      : `sensitivity ${measuredText(measured.sensitivity)}, specificity ${measuredText(measured.specificity)}, on ${measured.images} ${measured.split} images`;
  return [
    visible(`Serving ${summary.title} (${summary.id}) at ${address}`),
    `  Threshold ${value} (${thresholdSource(model)}): ${worth}`,
    ...(model.contract.unsure === undefined ? [] : [`  ${visible(unsureText(model.contract.unsure))}`]),
    `  API: POST ${address}/v1/predict, described in ${address}/openapi.json`,
    ...(assumed === undefined ? [] : [`  ${assumed}`]),
    ...(isLocked ? ["  Asks for a token of its --token-file."] : []),
    ...reachText(address, isLocked),
    `${researchUse} Stop with Ctrl-C.`,
  ].join("\n");
}

/** What other machines can do to it. */
function reachText(address: string, isLocked: boolean): readonly string[] {
  if (isLocal(address)) return [];
  const isEncrypted = address.startsWith("https:");
  const open = isLocked ? [] : ["asks nobody who they are"];
  const plain = isEncrypted ? [] : ["does not encrypt: images and tokens can be read on the way"];
  const both = [...open, ...plain].join(", and ");
  return both === "" ? [] : [`  Other machines can reach it, and it ${both}.`];
}

function isLocal(address: string): boolean {
  const name = new URL(address).hostname.replace(/^\[|\]$/g, "");
  return name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}
