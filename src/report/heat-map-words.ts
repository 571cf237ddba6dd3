// What is said of heat maps in the report, the model card and on the terminal: where the model looked, and no more.
import { counted } from "./numbers.js";
import type { HeatMapCheck } from "./report-input.js";

/** What the randomisation check found, in words. */
export function heatMapCheckText({ verdict, head, all, bound, images }: HeatMapCheck): string {
  const how = `Randomisation check (Adebayo et al., 2018; ${counted(images, "image")}): `;
  const numbers = `with every layer's weights drawn again the maps agree with these by ${rho(all)}, with the layers behind the weighed one alone by ${rho(head)} (mean size of Spearman's rho; 1 is the same map)`;
  switch (verdict) {
    case "changed":
      return `${how}${numbers}. Below ${bound}: the maps depend on what the model learned.`;
    case "unchanged":
      return `${how}${numbers}. Not below ${bound}: these maps say little about what the model learned. Do not read anything into them.`;
    case "unknown":
      return `${how}a model with random weights gave no maps to compare with.`;
    default:
      return verdict satisfies never;
  }
}

const rho = (value: number | null) => (value === null ? "n/a" : value.toFixed(2));
