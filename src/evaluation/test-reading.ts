// What is known of a test set's earlier readings when it is read again: plain data for reports and metrics.json. The ledger that knows
// is src/run/test-ledger.

/** One model's look at a test set, among all that a ledger knows of. */
export interface TestReading {
  readonly test: {
    /** sha256 of the images' own checksums, in whatever order, folders and names they come. */
    readonly sha256: string;
    readonly images: number;
  };
  /** Which reading of these images it is, from 1; an interrupted and resumed run counts once. */
  readonly number: number;
  /** How many models have read them, this one among them. */
  readonly models: number;
  /** Earlier readings of other sets that have images in common with these. */
  readonly overlapping: number;
  /** The first line where the ledger's chain does not hold, and why; null where it holds. */
  readonly broken: { readonly line: number; readonly reason: string } | null;
  /** Readings that the run's own ledger has and the one beside the cache lacks; they count. */
  readonly missing: number;
  /** Why this reading could not be written down; null where it is. */
  readonly problem: string | null;
  readonly protocol: ProtocolStanding;
}

/** How a reading stands to the protocols that were frozen for its test set. */
export type ProtocolStanding =
  | { readonly state: "none" }
  | FrozenStanding<"followed">
  /** `departures`: the settings that differ, of the protocol that is nearest. */
  | (FrozenStanding<"departed"> & { readonly departures: readonly string[] });

interface FrozenStanding<State extends string> {
  readonly state: State;
  /** Of the protocol's content. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly frozenAt: string;
  /** Readings of this test set before it was written down; 0: it was frozen before the first one. */
  readonly readingsBefore: number;
  /** Of the metrics that were named beforehand, the first one is the main one. */
  readonly metrics: readonly string[];
}
