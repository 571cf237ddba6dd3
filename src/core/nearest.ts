// The name that was probably meant: every message about an unknown name asks for it in the same words.
import { distance } from "fastest-levenshtein";

/** `Did you mean "mobilenet"?`; undefined where no choice is near. */
export function didYouMean(text: string, choices: readonly string[]): string | undefined {
  const near = nearest(text, choices);
  return near === undefined ? undefined : `Did you mean "${near}"?`;
}

/** The choice most like `text`, or undefined when none is near (more than a third of its letters differ). */
export function nearest(text: string, choices: readonly string[]): string | undefined {
  const ranked = choices
    .map((choice) => ({ choice, edits: distance(text.toLowerCase(), choice.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(1, Math.ceil(best.choice.length / 3)) ? best.choice : undefined;
}
