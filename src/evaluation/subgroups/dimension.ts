// What a dimension is along which results are told apart: its words, and which group an image falls into. The dimensions
// stand in registry.ts.
import type { Prediction } from "../prediction.js";

export interface Dimension {
  /** As tables show it. */
  readonly title: string;
  /** An image's group, or undefined where that is not known. */
  readonly groupOf: (row: Prediction) => string | undefined;
  /** Groups in words, in the order of tables; others follow by name and are shown as they are. */
  readonly groups?: Readonly<Record<string, string>>;
  /** Whether images of unknown group are a group of their own; not where the facts are of one class only. */
  readonly showsUnknown?: true;
}

export type DimensionTable<Name extends string = string> = Readonly<Record<Name, Dimension>>;

/** The group of images of which a dimension is not known. */
export const unknownGroup = "not stated";

/** A group as tables show it. */
export function groupTitle({ groups = {} }: Dimension, group: string): string {
  if (group === unknownGroup) return "Not stated";
  return Object.hasOwn(groups, group) ? (groups[group] as string) : group;
}
