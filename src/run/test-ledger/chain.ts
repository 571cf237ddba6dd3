// Lines of a ledger: each is sealed with the sha256 of its own text and holds the seal of the line before it, so that a line that is
// changed, removed or moved shows. A ledger whose last lines are cut off is whole by itself; runs' own ledgers tell.
import { createHash } from "node:crypto";

/** What the first line holds in place of a seal. */
export const firstLink = "0".repeat(64);

export const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What a chain says of one of its lines. */
export interface LinkedLine {
  /** Its JSON. */
  readonly value: unknown;
  /** What the next line must hold as `previous`. */
  readonly seal: string;
  /** Why it does not hold; null where it does. */
  readonly fault: string | null;
}

/** @param content without `number`, `previous` and `hash`, which the chain adds */
export function sealedLine(content: object, last: Pick<LinkedLine, "seal"> | undefined, number: number): string {
  const text = JSON.stringify({ version: 1, number, ...content, previous: last?.seal ?? firstLink });
  return `${text.slice(0, -1)},"hash":"${sha256Of(text)}"}`;
}

/** @param text a ledger's; an unfinished last line counts */
export function readChain(text: string): readonly LinkedLine[] {
  const lines = text.split("\n").filter((line) => line !== "");
  const read: LinkedLine[] = [];
  for (const [i, line] of lines.entries()) read.push(readLine(line, read[i - 1]?.seal ?? firstLink, i + 1));
  return read;
}

function readLine(line: string, previous: string, number: number): LinkedLine {
  const [, body, hash] = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/.exec(line) ?? [];
  const value = parsed(line) as { readonly previous?: unknown; readonly number?: unknown; readonly version?: unknown };
  if (body === undefined || hash === undefined || value === undefined) {
    return { value: undefined, seal: sha256Of(line), fault: "it is not a whole entry" };
  }
  const fault =
    sha256Of(`${body}}`) !== hash
      ? "it was changed after it was written"
      : value.version !== 1
        ? "another version of the program wrote it"
        : value.previous !== previous || value.number !== number
          ? "the line before it is not the one that was there when it was written"
          : null;
  return { value, seal: hash, fault };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
