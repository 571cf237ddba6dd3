// Names come from disks and files, and may hold codes that steer a terminal, break a line or turn the direction of writing.
// On their way to a person they are shown escaped. Machines get them as they are: `\u001b` in JSON means the character.

/** Control characters (C0, DEL, C1), line and paragraph separators, marks and overrides of direction. */
const steering = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** A name, or a text of one line. */
export function visible(text: string): string {
  return text.replaceAll(steering, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A text of our own with names in it, whose lines and tabs stay. Names that may hold line breaks are `visible` before. */
export function visibleLines(text: string): string {
  return text.replaceAll(/[^\n\t]+/g, visible);
}
