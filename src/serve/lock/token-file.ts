// The file of bearer tokens: one a line, with an optional name before it, "#" begins a comment. Only digests are kept; no
// message repeats what stands in the file.
import { createHash } from "node:crypto";
import { AppError } from "../../core/errors.js";
import { readPrivateFile } from "./private-file.js";

export interface Token {
  /** For the audit log; two tokens may have one, so that one can follow the other. */
  readonly name: string;
  /** SHA-256. */
  readonly digest: Buffer;
}

/** Too long to be guessed over a network: 24 characters of base64 are 144 bits. */
const shortestToken = 24;
const mostTokens = 1000;
/** RFC 6750, section 2.1. */
const tokenForm = /^[A-Za-z0-9\-._~+/]+=*$/;
/** Shorter than what `openssl rand` gives, so that a token in the name's place is refused. */
const nameForm = /^[\w.-]{1,23}$/;

export const digestOf = (token: string): Buffer => createHash("sha256").update(token).digest();

/** @throws AppError TOKEN_FILE_INVALID */
export function readTokens(path: string): readonly Token[] {
  return parseTokens(readPrivateFile(path, { code: "TOKEN_FILE_INVALID" }), path);
}

/** At least one. @throws AppError TOKEN_FILE_INVALID */
export function parseTokens(text: string, path: string): readonly Token[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const tokens = lines.flatMap((line, i) => {
    const fields = line
      .replace(/(^|\s)#.*/, "")
      .trim()
      .split(/\s+/);
    return fields[0] === "" ? [] : [tokenOf(fields, `${path}, line ${i + 1}`)];
  });
  if (tokens.length === 0) throw invalid(path, "must hold a token", "none", "openssl rand -base64 32 makes one");
  if (tokens.length > mostTokens) throw invalid(path, `may hold ${mostTokens} tokens at most`, `${tokens.length}`);
  const digests = new Set(tokens.map(({ digest }) => digest.toString("hex")));
  if (digests.size < tokens.length) throw invalid(path, "every token must stand once", "one that stands twice");
  return tokens;
}

function tokenOf(fields: readonly string[], place: string): Token {
  const token = fields.at(-1) as string;
  if (fields.length > 2) throw invalid(place, "holds a token, or a name and a token", `${fields.length} words`);
  if (token.length < shortestToken || !tokenForm.test(token)) {
    const rule = `a token has ${shortestToken} characters or more: letters, digits and - . _ ~ + / =`;
    throw invalid(place, rule, `${token.length} characters`, "openssl rand -base64 32 makes one");
  }
  const digest = digestOf(token);
  const [name = ""] = fields.length === 2 ? fields : [`token-${digest.toString("hex").slice(0, 8)}`];
  if (!nameForm.test(name)) {
    throw invalid(place, "a name has up to 23 letters, digits and - . _", `${name.length} characters`);
  }
  return { name, digest };
}

function invalid(place: string, rule: string, received: string, remedy?: string): AppError {
  return new AppError("TOKEN_FILE_INVALID", { place, rule, received, remedy });
}
