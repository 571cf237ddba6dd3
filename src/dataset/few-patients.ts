// What few patients leave open: the interval that a result on them would have.
import { countPatients } from "../core/count-patients.js";
import { wilsonLimits, z95 } from "../core/wilson-limits.js";
import type { Sample } from "./sample.js";

/** From here on an accuracy of 90 % is known to within 12 points. */
const enough = 100;
/** The accuracy that stands for a good result. */
const accuracy = 0.9;

/**
 * A sentence without its full stop; undefined for 100 patients and more. Images stand for patients that nobody knows.
 * @param what names the part, "test/"
 * @param share of the samples that is meant, 0..1
 */
export function fewPatientsNote(what: string, samples: readonly Sample[], share = 1): string | undefined {
  const patients = countPatients(samples);
  if (samples.length === 0) return undefined;
  const n = Math.max(1, Math.round(share * (patients ?? samples.length)));
  if (n >= enough) return undefined;
  const { low, high } = wilsonLimits(accuracy, n, z95);
  const percent = (limit: number) => (100 * limit).toFixed(0);
  const people = patients === null ? "image" : "patient";
  return `${what} has ${n} ${people}${n === 1 ? "" : "s"}: an accuracy of ${percent(accuracy)} % there would only be known to lie between ${percent(low)} and ${percent(high)} % (95 % interval)`;
}
