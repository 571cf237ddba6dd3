// Who may ask: requests with one of the tokens of a file. The file is read again when told to; one that cannot be used
// changes nothing.
import { timingSafeEqual } from "node:crypto";
import { AppError } from "../../core/errors.js";
import { digestOf, readTokens, type Token } from "./token-file.js";

export class TokenLock {
  readonly #path: string;
  #tokens: readonly Token[];

  /** @throws AppError TOKEN_FILE_INVALID */
  constructor(path: string) {
    this.#path = path;
    this.#tokens = readTokens(path);
  }

  get count(): number {
    return this.#tokens.length;
  }

  /** @throws AppError TOKEN_FILE_INVALID; the tokens stay as they were */
  reload(): void {
    this.#tokens = readTokens(this.#path);
  }

  /**
   * The name of the request's token. Every token is compared, whole, so that time tells nothing of any.
   * @param authorization the request's header
   * @throws AppError REQUEST_UNAUTHORIZED
   */
  nameOf(authorization: string | undefined): string {
    const given = /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
    if (given === undefined) throw unauthorized("none");
    const digest = digestOf(given);
    let found: Token | undefined;
    for (const token of this.#tokens) if (timingSafeEqual(token.digest, digest)) found = token;
    if (found === undefined) throw unauthorized("another one");
    return found.name;
  }
}

function unauthorized(received: string): AppError {
  return new AppError("REQUEST_UNAUTHORIZED", {
    place: "request",
    rule: 'must carry one of the server\'s tokens as "Authorization: Bearer …"',
    received,
    remedy: "Ask whoever runs the server for one",
  });
}
