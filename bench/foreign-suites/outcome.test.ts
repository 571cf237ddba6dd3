import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Difference,
  differenceOf,
  isUnwarned,
  outcomeOf,
  type Reading,
  twinsDifferInCode,
  twinsDisagree,
} from "./outcome.js";
import type { Reference } from "./reference-index.js";

const reference = (status: Reference["status"], words = ""): Reference => ({
  file: "suite/a.jpg",
  kind: "jpeg",
  sha256: "00",
  status,
  reason: "",
  words,
});
const read = (difference?: Difference, warnings: readonly string[] = []): Reading => ({
  kind: "read",
  ms: 1,
  warnings,
  ...(difference && { difference }),
});
const refused = (code = "IMAGE_UNREADABLE"): Reading => ({ kind: "refused", ms: 1, code, message: "" });
const failed: Reading = { kind: "failed", ms: 1, what: "ends the process (SIGSEGV)" };
const equal = { max: 0, mean: 0 };
const elsewhere = differenceOf([1, 2], [1, 2, 3]);

test("differences are of single levels, and infinite between pictures of other sizes", () => {
  assert.deepEqual(differenceOf(Uint8Array.of(1, 5, 250), [1, 2, 251]), { max: 3, mean: 4 / 3 });
  assert.equal(elsewhere.max, Number.POSITIVE_INFINITY);
});

test("every pair of what reference and reader did has its outcome", () => {
  assert.equal(outcomeOf(read(equal), reference("read")), "equal");
  assert.equal(outcomeOf(read({ max: 1, mean: 0.1 }), reference("read")), "within_1");
  assert.equal(outcomeOf(read({ max: 2, mean: 0.1 }), reference("read")), "differs");
  assert.equal(outcomeOf(read(elsewhere), reference("read")), "differs");
  assert.equal(outcomeOf(read(), reference("refused")), "read_only_here");
  assert.equal(outcomeOf(read(), reference("outside")), "read_only_here");
  assert.equal(outcomeOf(refused(), reference("outside")), "refused_by_both");
  assert.equal(outcomeOf(refused(), reference("read")), "refused_only_here");
  assert.equal(outcomeOf(refused(), reference("read", "Premature end of JPEG file")), "refused_noted");
  assert.equal(outcomeOf(failed, reference("refused")), "failed");
});

test("the twins disagree in pixels, in warnings, or when only one reads", () => {
  const both = (node: Reading, page: Reading, twins?: Difference) =>
    twinsDisagree({ reference: reference("refused"), node, page, ...(twins && { twins }) });
  assert.equal(both(read(), read(), equal), false);
  assert.equal(both(read(), read(), { max: 1, mean: 0.01 }), true);
  assert.equal(both(read(equal, ["B", "A"]), read(equal, ["A", "B"]), equal), false);
  assert.equal(both(read(equal, ["A"]), read(equal), equal), true);
  assert.equal(both(read(), refused()), true);
  assert.equal(both(failed, refused()), true);
  assert.equal(both(refused(), refused("IMAGE_TRUNCATED")), false);
});

test("two refusals are told apart by their codes", () => {
  const both = (node: Reading, page: Reading) => twinsDifferInCode({ reference: reference("refused"), node, page });
  assert.equal(both(refused(), refused("IMAGE_TRUNCATED")), true);
  assert.equal(both(refused(), refused()), false);
  assert.equal(both(read(), refused()), false);
});

test("a file that libjpeg calls corrupt must not be read without a word", () => {
  const corrupt = reference("read", "Corrupt JPEG data: bad Huffman code");
  assert.equal(isUnwarned(read(equal), corrupt), true);
  assert.equal(isUnwarned(read(equal, ["SOME_WARNING"]), corrupt), false);
  assert.equal(isUnwarned(refused(), corrupt), false);
  assert.equal(isUnwarned(read(equal), reference("read", "libpng warning: tIME: duplicate")), false);
});
