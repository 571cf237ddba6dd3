// What is known of a request while it is answered, for the audit log and for whose turn it is.
import type { IncomingMessage } from "node:http";
import type { Result } from "../inference/result.js";
import { type Client, clientOf } from "./connections/client-of.js";

export interface RequestRecord {
  client: Client;
  images: number;
  /** How many images ended how: SCORED, or the code of an error. */
  readonly codes: Record<string, number>;
}

const records = new WeakMap<IncomingMessage, RequestRecord>();

/** The request's record; a new one counts it to its address. */
export function recordOf(request: IncomingMessage): RequestRecord {
  const known = records.get(request);
  if (known !== undefined) return known;
  const record = { client: clientOf(request, undefined), images: 0, codes: {} };
  records.set(request, record);
  return record;
}

/** Not what images show: of which of them a line in a log speaks can be found out by its time. */
export function recordResults(request: IncomingMessage, results: readonly Result[]): void {
  const { codes } = recordOf(request);
  for (const result of results) {
    const code = result.kind === "scored" ? "SCORED" : result.error.code;
    codes[code] = (codes[code] ?? 0) + 1;
  }
}
