// Whether the files of the list are images like those that the model's threshold was set on, in plain words.
import { listed } from "../core/listed.js";
import { alarmDifferences } from "../evaluation/shift/alarm-differences.js";
import { watchShift } from "../inference/watch-shift.js";
import type { ModelContract } from "../model/model-contract.js";
import type { PageFile } from "./page-file.js";

export interface ShiftNotice {
  readonly title: string;
  readonly text: string;
}

/**
 * Null where there is nothing to warn of: images that are alike, fewer than 20, a model that does not say what its threshold was set
 * on. And while files still wait: who looks after every image finds a difference sooner or later.
 */
export function shiftNotice(
  contract: Pick<ModelContract, "reference">,
  files: readonly PageFile[],
): ShiftNotice | null {
  if (contract.reference === undefined || files.some(({ state }) => ["waiting", "scoring"].includes(state.kind))) {
    return null;
  }
  const watched = watchShift(contract);
  const scored = files.flatMap(({ state }) => (state.kind === "scored" && state.traits !== undefined ? [state] : []));
  for (const result of scored) watched.add(result);
  const alarm = watched.verdict();
  if (typeof alarm === "string" || !alarm.isRaised) return null;
  const { images, reference, level, columns } = alarm;
  return {
    title: `These ${images} images are not like those that the model's threshold was set on.`,
    text:
      `Compared with those (${reference.images} images, ${reference.of}) they are ${listed(alarmDifferences(columns))}. ` +
      "Which of them are called pneumonia is not to be trusted before the model is recalibrated on patients of this place. " +
      "Another share of pneumonia can be the reason, and several images of one patient; " +
      `of lists that are alike one in ${Math.round(1 / level)} is called different.`,
  };
}
