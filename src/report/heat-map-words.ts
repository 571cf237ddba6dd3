// What is said of heat maps in the report, the model card and on the terminal: where the model looked, and no more.
import { counted } from "./numbers.js";
import type { HeatMapAgreement, HeatMapCheck } from "./report-input.js";

/**
 * What the randomisation check found, in a sentence.
 *
 * @example
 * const { check } = await explainImages(classifier, "scans/", { folder: "looked" });
 * if (check !== null) console.log(formatHeatMapCheck(check));
 */
export function heatMapCheckText({ verdict, allLayers, lastLayers, bound }: HeatMapCheck): string {
  const how = `Randomisation check on ${counted(allLayers.images, "image")}, ${counted(allLayers.draws.length, "draw")}`;
  const numbers =
    `What decides: with all weights drawn again, maps agree with the model's to ${agreementText(allLayers)}, and must to less than ${bound}. ` +
    `Judged apart, the layers behind the maps alone: ${agreementText(lastLayers)}: ${lastWords[lastLayers.verdict]}. ` +
    "1 is the same map; mean size of Spearman's rho, after Adebayo et al., 2018.";
  switch (verdict) {
    case "changed":
      return `${how}: passed. With the weights drawn at random the maps are others, so they depend on what the model learned. ${numbers}`;
    case "unchanged":
      return `${how}: failed. With the weights drawn at random the maps are much the same, so they say little about what the model learned. Do not read anything into them. ${numbers}`;
    case "unknown":
      return allLayers.agreement === null
        ? `${how}: without result. A model with random weights gave no maps to compare with.`
        : `${how}: too few for a verdict, which takes 8. ${numbers}`;
    default:
      return verdict satisfies never;
  }
}

const lastWords: Readonly<Record<HeatMapCheck["verdict"], string>> = {
  changed: "the maps follow the last layers as well",
  unchanged: "the maps show the features, whatever the last layers make of them",
  unknown: "no verdict",
};

/** "0.23 (0.19 to 0.28; by chance 0.21, rarely above 0.26)". */
function agreementText({ agreement, draws, chance }: HeatMapAgreement): string {
  if (agreement === null) return "n/a";
  const found = draws.filter((draw) => draw !== null);
  const range = found.length < 2 ? "" : `${rho(Math.min(...found))} to ${rho(Math.max(...found))}`;
  const byChance = chance === null ? "" : `by chance ${rho(chance.mean)}, rarely above ${rho(chance.high)}`;
  return `${rho(agreement)} (${[range, byChance].filter((part) => part !== "").join("; ")})`;
}

const rho = (value: number) => value.toFixed(2);
