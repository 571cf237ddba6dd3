// The generated wrappers against the libtorch in use.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../test/support/paths.js";
import { engineInfo } from "./engine.js";
import { native } from "./native.js";

const source = readFileSync(join(projectRoot, "src/tensor/operators.ts"), "utf8");
const bindings = [...source.matchAll(/bind\(\s*"([\w:.]+)",\s*(\[[^\]]*\])/g)].map(([, name, names]) => ({
  name: name as string,
  names: JSON.parse((names as string).replace(/,(\s*\])/, "$1")) as string[],
}));

test("the schemas give the committed file", (t) => {
  const [, made] = /libtorch (\d+\.\d+)/.exec(source) ?? [];
  const { version } = engineInfo();
  if (!version.startsWith(`${made}.`)) return t.skip(`the file was written with libtorch ${made}, this is ${version}`);
  const checked = spawnSync(process.execPath, [join(projectRoot, "scripts/write-operators.js"), "--check"]);
  assert.equal(checked.status, 0, checked.stderr.toString());
});

test("this libtorch knows every argument that the wrappers give, and asks for no other", () => {
  assert.ok(bindings.length > 60, `${bindings.length} operators were found`);
  for (const { name, names } of bindings) {
    const schema = native().describe(name);
    const known = schema.arguments.map((argument) => argument.name);
    const needed = schema.arguments.filter(({ hasDefault }) => !hasDefault).map((argument) => argument.name);
    const unknown = names.filter((given) => !known.includes(given));
    const missing = needed.filter((argument) => !names.includes(argument));
    assert.deepEqual({ unknown, missing }, { unknown: [], missing: [] }, schema.text);
  }
});
