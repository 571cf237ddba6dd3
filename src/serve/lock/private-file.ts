// Files that hold secrets: read whole, small, and refused when other users of the machine could read or change them.
import { readFileSync, statSync } from "node:fs";
import { AppError, messageOf } from "../../core/errors.js";

/** Far more than any list of tokens or chain of certificates. */
const mostBytes = 2 ** 20;

export interface PrivateFileRules {
  readonly code: "TOKEN_FILE_INVALID" | "TLS_FILE_INVALID";
  /** Whether it may be read by everybody, as a certificate may. */
  readonly isPublic?: boolean;
}

/** @throws AppError with the given code */
export function readPrivateFile(path: string, { code, isPublic = false }: PrivateFileRules): string {
  try {
    const about = statSync(path);
    if (!about.isFile()) throw invalid(code, path, "must be a file", "something else");
    if (about.size > mostBytes) throw invalid(code, path, `may have ${mostBytes} bytes at most`, `${about.size}`);
    if (!isPublic) checkRights(code, path, about);
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError(code, { place: path, rule: `cannot be read: ${messageOf(thrown)}` }, { cause: thrown });
  }
}

/** A group that may read it is common for services; writing, or reading by everybody, gives the secret away. */
function checkRights(code: PrivateFileRules["code"], path: string, about: { mode: number; uid: number }): void {
  const user = process.getuid?.();
  if (user === undefined) return; // Windows: its rights are not in the mode
  if ((about.mode & 0o027) !== 0) {
    const mode = (about.mode & 0o777).toString(8).padStart(3, "0");
    const rule = "other users of this machine must not read it, nor its group write to it";
    throw invalid(code, path, rule, `mode ${mode}`, `chmod 600 ${path}`);
  }
  if (about.uid !== user && about.uid !== 0) {
    throw invalid(code, path, "must belong to the user who runs the server, or to root", "a file of another user");
  }
}

function invalid(code: PrivateFileRules["code"], place: string, rule: string, received: string, remedy?: string) {
  return new AppError(code, { place, rule, received, remedy });
}
