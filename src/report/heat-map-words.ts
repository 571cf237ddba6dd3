// What is said of heat maps in the report, the model card and on the terminal: where the model looked, and no more.
import { counted } from "./numbers.js";
import type { HeatMapCheck } from "./report-input.js";

/**
 * What the randomisation check found, in a sentence.
 *
 * @example
 * const { check } = await explainImages(classifier, "scans/", { folder: "looked" });
 * if (check !== null) console.log(formatHeatMapCheck(check));
 */
export function heatMapCheckText({ verdict, head, all, bound, images }: HeatMapCheck): string {
  const how = `Randomisation check on ${counted(images, "image")}`;
  const numbers =
    `What decides: with all weights drawn again, maps agree with the model's to ${rho(all)}, and must to less than ${bound}. ` +
    `What decides nothing: with only the weights after the maps' layer drawn again, to ${rho(head)}; the features stay, so the maps may. ` +
    "1 is the same map; mean size of Spearman's rho, after Adebayo et al., 2018.";
  switch (verdict) {
    case "changed":
      return `${how}: passed. With the weights drawn at random the maps are others, so they depend on what the model learned. ${numbers}`;
    case "unchanged":
      return `${how}: failed. With the weights drawn at random the maps are much the same, so they say little about what the model learned. Do not read anything into them. ${numbers}`;
    case "unknown":
      return all === null
        ? `${how}: without result. A model with random weights gave no maps to compare with.`
        : `${how}: too few for a verdict, which takes 8. ${numbers}`;
    default:
      return verdict satisfies never;
  }
}

const rho = (value: number | null) => (value === null ? "n/a" : value.toFixed(2));
