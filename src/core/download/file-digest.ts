// Digests of files as publishers state them, read once however many are wanted.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { DigestAlgorithm } from "./file-checksum.js";

/** Lower-case hexadecimal digests of a file, by algorithm. Errors are Node.js' own. */
export async function digestsOf<A extends DigestAlgorithm>(
  path: string,
  algorithms: readonly A[],
): Promise<Readonly<Record<A, string>>> {
  const { size } = await stat(path);
  const hashes = algorithms.map((algorithm) => [algorithm, hashFor(algorithm, size)] as const);
  for await (const chunk of createReadStream(path)) {
    for (const [, hash] of hashes) hash.update(chunk as Buffer);
  }
  return Object.fromEntries(hashes.map(([algorithm, hash]) => [algorithm, hash.digest("hex")])) as Record<A, string>;
}

function hashFor(algorithm: DigestAlgorithm, bytes: number) {
  // git's object id of a file: SHA-1 over a header with its length, then the content.
  return algorithm === "git-blob" ? createHash("sha1").update(`blob ${bytes}\0`) : createHash(algorithm);
}
