// The names of written pictures: each once, and short enough for every file system.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OutputNames } from "./output-names.js";

test("images of one name get different ones, whatever their case", () => {
  const names = new OutputNames();
  const given = ["a/chest.png", "b/Chest.jpeg", "c/chest-side-by-side.png", "d/.hidden.png", "e/a b*c.dcm"];
  assert.deepEqual(
    given.map((name) => names.next(name)),
    ["chest", "Chest-2", "chest-side-by-side-2", "_hidden", "a_b_c"],
  );
});

test("long names of any script leave room for endings, and are cut between characters", () => {
  for (const character of ["x", "ж", "字", "𠮷"]) {
    const name = new OutputNames().next(`${character.repeat(250)}.jpeg`);
    assert.ok(Buffer.byteLength(name) <= 180, character);
    assert.ok(Buffer.byteLength(name) > 170, character);
    assert.equal(name, character.repeat([...name].length));
  }
});
