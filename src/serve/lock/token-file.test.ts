import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import { digestOf, parseTokens, readTokens } from "./token-file.js";
import { TokenLock } from "./token-lock.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-tokens-"));
after(() => rmSync(folder, { recursive: true }));

const first = "0123456789abcdef01234567";
const second = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE=";
const invalid = (text: string) => hasCode("TOKEN_FILE_INVALID", text);

function tokenFile(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test("a token a line, a name before it if it has one, comments and empty lines", () => {
  const text = `\uFEFF# who may ask\r\n\r\n${first}\r\n  ward-3\t${second}  # until May\n`;
  const tokens = parseTokens(text, "tokens");
  assert.deepEqual(
    tokens.map(({ name }) => name),
    [`token-${digestOf(first).toString("hex").slice(0, 8)}`, "ward-3"],
  );
  assert.deepEqual(tokens[1]?.digest, digestOf(second));
});

test("what is no list of tokens is refused by line, and never repeated", () => {
  const cases: [string, RegExp][] = [
    ["", /must hold a token/],
    ["# only a comment\n", /must hold a token/],
    ["short-token", /line 1: a token has 24 characters or more.*Received 11 characters/],
    [`${first}\nsecret phrase of several words`, /line 2: .*Received 5 words/],
    [`${first} ward-3`, /line 1: a token has 24/],
    [`${second} ${first}`, /line 1: a name has up to 23/],
    [`ward-3 ${first}ü`, /line 1: a token has 24/],
    [`a ${first}\nb ${first}`, /stands twice/],
    [Array.from({ length: 1001 }, (_, i) => `${first}${i}`).join("\n"), /1000 tokens at most/],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => parseTokens(text, "tokens"),
      (thrown: Error) => {
        assert.match(thrown.message, message);
        assert.ok(!thrown.message.includes(first) && !thrown.message.includes("secret"), thrown.message);
        return true;
      },
      text.slice(0, 60),
    );
  }
});

test("a file that others can read or write, that is none, or is too large is refused", {
  skip: process.platform === "win32",
}, () => {
  for (const mode of [0o644, 0o604, 0o620, 0o606]) {
    assert.throws(() => readTokens(tokenFile("open", first, mode)), invalid("other users"), mode.toString(8));
  }
  for (const mode of [0o600, 0o400, 0o640])
    assert.equal(readTokens(tokenFile(`closed-${mode}`, first, mode)).length, 1);
  assert.throws(() => readTokens(join(folder, "absent")), invalid("ENOENT"));
  mkdirSync(join(folder, "folder"), { mode: 0o700 });
  assert.throws(() => readTokens(join(folder, "folder")), invalid("must be a file"));
  assert.throws(() => readTokens(tokenFile("large", "#".repeat(2 ** 20 + 1))), invalid("bytes at most"));
});

test("a lock opens to its tokens alone, and keeps them when a new file is bad", () => {
  const path = tokenFile("lock", `ward ${first}\n${second}\n`);
  const lock = new TokenLock(path);
  assert.equal(lock.nameOf(`Bearer ${first}`), "ward");
  assert.equal(lock.nameOf(`bearer   ${first} `), "ward");
  assert.match(lock.nameOf(`Bearer ${second}`), /^token-/);
  const wrong = [
    undefined,
    "",
    first,
    `Basic ${first}`,
    "Bearer",
    "Bearer ",
    `Bearer ${first}0`,
    `Bearer ${first.slice(1)}`,
    `Bearer ${first} ${second}`,
    `Bearer ${digestOf(first).toString("hex")}`,
  ];
  for (const header of wrong)
    assert.throws(() => lock.nameOf(header), hasCode("REQUEST_UNAUTHORIZED", "token"), header);
  writeFileSync(path, "short");
  assert.throws(() => lock.reload(), invalid("24 characters"));
  assert.equal(lock.nameOf(`Bearer ${first}`), "ward");
  writeFileSync(path, second);
  lock.reload();
  assert.throws(() => lock.nameOf(`Bearer ${first}`), hasCode("REQUEST_UNAUTHORIZED", "another one"));
  assert.match(lock.nameOf(`Bearer ${second}`), /^token-/);
});
