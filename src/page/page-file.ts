// One file of the list on the page, from the moment it is dropped until it has a result: a score, or a reason why not.
// Plain data: what is on the screen is a function of it.
import type { Result } from "../inference/result.js";

export type FileState =
  | { readonly kind: "waiting" }
  | { readonly kind: "scoring" }
  | { readonly kind: "stopped" }
  | Result;

export interface PageFile<Source = unknown> {
  /** Counts up from 1 as files are added; never used twice. */
  readonly id: number;
  /** With its folders where a folder was chosen. Foreign text. */
  readonly name: string;
  /** Where the bytes come from: a File in the browser. */
  readonly source: Source;
  readonly state: FileState;
}
