// study.yaml as authors write it, and as it must not be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyStudyFile } from "../report/checklists/topics.js";
import { parseStudy } from "./study-file.js";

const parse = (text: string) => parseStudy(text, "study.yaml");

test("texts of one line or several, numbers, and topics left empty", () => {
  assert.deepEqual(parse("funding: none\nbackground: |\n  one\n  two\nregistration: 12345\nethics:\nsetting: ''\n"), {
    funding: "none",
    background: "one two",
    registration: "12345",
  });
  assert.deepEqual(parse(""), {});
  assert.deepEqual(parse(emptyStudyFile()), {});
});

test("what cannot be understood is refused, with its place and what was perhaps meant", () => {
  const refused = (text: string, message: RegExp) =>
    assert.throws(() => parse(text), { code: "STUDY_FILE_INVALID", message });
  refused("fundng: none", /study\.yaml: fundng: is no topic.*Did you mean "funding"/);
  refused("funding: [a, b]", /funding: should be a text\. Received a list/);
  refused("- funding", /a line for each topic.*Received a list/);
  refused("funding: none\nfunding: some", /should be YAML.*line 2/);
  refused("funding: 'open", /should be YAML/);
  refused(`funding: ${"x".repeat(20_001)}`, /at most 20000 letters/);
  const bomb = `${["a", "b", "c", "d", "e"]
    .map(
      (name, i, all) =>
        `${name}: &${name} [${
          i === 0
            ? "x"
            : Array(9)
                .fill(`*${all[i - 1]}`)
                .join(", ")
        }]`,
    )
    .join("\n")}\n`;
  refused(bomb, /./);
});
