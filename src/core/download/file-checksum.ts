// What a publisher states of a file. A type alone: the page's programs import it too.

/** `git-blob` is git's object id: SHA-1 over a header and the bytes. */
export type DigestAlgorithm = "md5" | "sha256" | "git-blob";

/** What a file must be. */
export interface FileChecksum {
  readonly algorithm: DigestAlgorithm;
  /** Lower-case hexadecimal. */
  readonly hex: string;
  /** Whose word it is, for messages; default "stated by its publisher". */
  readonly statedBy?: string;
}
