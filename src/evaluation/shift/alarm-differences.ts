// In what images differ from those that a threshold was set on, in words for a sentence.
import { listed } from "../../core/listed.js";
import type { AlarmColumn } from "./shift-watch.js";
import { traits } from "./traits.js";

/** "higher in score", "darker", "of another spread of contrast": the four that differ most. */
export function alarmDifferences(all: readonly AlarmColumn[]): readonly string[] {
  const columns = all.filter(({ isDifferent }) => isDifferent).sort((a, b) => b.distance - a.distance);
  const isMoved = ({ higher }: AlarmColumn) => Math.abs(higher - 0.5) >= notableChance;
  const moved = columns.filter(isMoved).flatMap(({ name, higher }) => {
    const { more, less } = name === "score" ? scoreWords : traits[name];
    return (higher > 0.5 ? more : less) ?? []; // another column says it already
  });
  const spread = columns.filter((column) => !isMoved(column)).map(({ name }) => nameInText(name));
  const told = spread.length === 0 ? moved : [...moved, `of another spread of ${listed(spread)}`];
  return told.slice(0, mostTold);
}

const mostTold = 4;
const scoreWords = { more: "higher in score", less: "lower in score" } as const;
/** Where one of two images is the higher one as often as the other, give or take this chance, no direction is told. */
const notableChance = 0.06;

/** "Contrast (SD of grey levels)" as "contrast". */
const nameInText = (name: AlarmColumn["name"]): string =>
  name === "score" ? name : traits[name].title.replace(/ \(.*/, "").toLowerCase();
