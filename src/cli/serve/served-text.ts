// What `serve` prints when it listens: the address, the model with its operating point, and what it must not be used for.
import { isIP } from "node:net";
import { researchUse } from "../../core/research-use.js";
import { modelFacts } from "../../serve/model-facts.js";
import { assumptionNote } from "../run/score-meaning.js";
import { measuredText, thresholdSource } from "../run/threshold-source.js";
import type { OpenedModel } from "./run-server.js";

export function servedText({ model, meaning, modelFile }: OpenedModel, address: string): string {
  const { summary, threshold } = modelFacts(model, modelFile.sha256);
  const { measured, value } = threshold;
  const assumed = assumptionNote(model, meaning);
  const worth =
    measured === null
      ? "not measured"
      : `sensitivity ${measuredText(measured.sensitivity)}, specificity ${measuredText(measured.specificity)}, on ${measured.images} ${measured.split} images`;
  return [
    `Serving ${summary.title} (${summary.id}) at ${address}`,
    `  Threshold ${value} (${thresholdSource(model)}): ${worth}`,
    `  API: POST ${address}/v1/predict, described in ${address}/openapi.json`,
    ...(assumed === undefined ? [] : [`  ${assumed}`]),
    ...(isLocal(address) ? [] : ["  Other machines can reach it: there is no log-in and no encryption."]),
    `${researchUse} Stop with Ctrl-C.`,
  ].join("\n");
}

function isLocal(address: string): boolean {
  const name = new URL(address).hostname.replace(/^\[|\]$/g, "");
  return name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}
