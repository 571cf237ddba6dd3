// The user's own key for Kaggle, from where Kaggle's programs keep it. It goes into one header and nowhere else.
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { AppError, messageOf, systemCodeOf } from "../../core/errors.js";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The Authorization header (RFC 7617, RFC 6750): KAGGLE_API_TOKEN, else KAGGLE_USERNAME and KAGGLE_KEY, else `kaggle.json` in
 * KAGGLE_CONFIG_DIR or ~/.kaggle.
 * @throws AppError CREDENTIALS_MISSING; its message holds no part of a key
 */
export async function kaggleAuthorization(env: Environment): Promise<string> {
  const token = env.KAGGLE_API_TOKEN?.trim();
  if (token) return `Bearer ${token}`;
  const { KAGGLE_USERNAME: username, KAGGLE_KEY: key } = env;
  if (username && key) return basic(username, key);
  const file = join(env.KAGGLE_CONFIG_DIR || join(homedir(), ".kaggle"), "kaggle.json");
  const stored = await readFile(file, "utf8").catch((thrown: unknown) => {
    const isMissing = systemCodeOf(thrown) === "ENOENT";
    throw missing(file, isMissing ? "no such file" : `one that cannot be read: ${messageOf(thrown)}`);
  });
  const { username: name, key: kept } = parsed(stored) ?? {};
  if (typeof name === "string" && name !== "" && typeof kept === "string" && kept !== "") return basic(name, kept);
  throw missing(file, "a file without username and key");
}

const basic = (username: string, key: string): string =>
  `Basic ${Buffer.from(`${username}:${key}`, "utf8").toString("base64")}`;

function parsed(text: string): { readonly username?: unknown; readonly key?: unknown } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a parser's message would quote the file
  }
}

const missing = (file: string, received: string): AppError =>
  new AppError("CREDENTIALS_MISSING", {
    place: file,
    rule: "Kaggle asks for your own key",
    received,
    remedy:
      "Create a token at https://www.kaggle.com/settings and save its kaggle.json there, or set KAGGLE_USERNAME and KAGGLE_KEY; the publisher's archive needs none",
  });
