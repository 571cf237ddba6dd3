// What a contract says of itself beyond its fields.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleContract } from "../../test/support/sample-contract.js";
import { isModelContract, operatingPoint } from "./model-contract.js";

test("the operating point is the test's at the model's own threshold", () => {
  const at = (split: "test" | "validation", threshold: number) => ({
    split,
    threshold,
    images: 1,
    sensitivity: value,
    specificity: value,
    auc: value,
  });
  const value = { value: 1, low: 0, high: 1, n: 1 };
  const contract = sampleContract({ operation: [at("validation", 0.25), at("test", 0.25), at("test", 0.5)] });
  assert.equal(operatingPoint(contract)?.split, "test");
  assert.equal(operatingPoint(contract)?.threshold, 0.25);
  assert.equal(operatingPoint(sampleContract({ operation: [at("test", 0.5)] })), undefined);
});

test("a contract with a field of another kind is none, whichever field it is", () => {
  const contract = sampleContract({});
  assert.ok(isModelContract(contract));
  const { productVersion, ...required } = contract;
  for (const field of Object.keys(required)) {
    for (const other of ["text", 0.5, null, []]) {
      if (typeof other === typeof contract[field as keyof typeof contract] && other !== null && !Array.isArray(other))
        continue;
      assert.equal(
        isModelContract({ ...contract, [field]: other }),
        Array.isArray(other) && field === "operation",
        `${field}: ${other}`,
      );
    }
  }
});
