// Keys in place of identifiers of persons: a manifest lies beside images and is passed on, so what a hospital calls a patient
// or an examination never stands in one. A keyed hash (HMAC-SHA-256): without the key nobody can try all numbers there are.
import { createHmac, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../core/atomic-file.js";
import { AppError, messageOf, systemCodeOf } from "../../core/errors.js";
import { openPrivateFolder, privateFileMode } from "../../core/private-folder.js";

const keyFile = "person-key";

/**
 * The same identifier gives the same 16 characters as long as the key in `folder` is kept; only its owner can read it.
 * @throws AppError FILE_UNREADABLE, FILE_UNWRITABLE
 */
export async function personKeys(folder: string): Promise<(identifier: string) => string> {
  const key = await keyIn(folder);
  return (identifier) => createHmac("sha256", key).update(identifier.trim()).digest("hex").slice(0, 16);
}

async function keyIn(folder: string): Promise<Buffer> {
  const path = join(folder, keyFile);
  try {
    const key = Buffer.from((await readFile(path, "utf8")).trim(), "hex");
    if (key.length === 32) return key;
    throw new Error("it holds no key");
  } catch (thrown) {
    if (systemCodeOf(thrown) !== "ENOENT") {
      const facts = {
        place: path,
        rule: `cannot be read: ${messageOf(thrown)}`,
        remedy: "Restore it: another key names the same patients otherwise",
      };
      throw new AppError("FILE_UNREADABLE", facts, { cause: thrown });
    }
  }
  const key = randomBytes(32);
  await openPrivateFolder(folder);
  await writeFileAtomically(path, `${key.toString("hex")}\n`, { mode: privateFileMode });
  return key;
}
