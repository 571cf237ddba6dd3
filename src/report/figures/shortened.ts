// Names in figures that are longer than their place.

/** At most `length` characters. Keeps both ends of a long name: its end is what tells files, and settings, apart. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = length - 1;
  return `${text.slice(0, Math.floor(kept / 2))}…${text.slice(text.length - Math.ceil(kept / 2))}`;
}
