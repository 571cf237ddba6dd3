import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../index.js";
import { messageFor } from "./hints.js";

test("settings are called by their options, and only where the place is one", () => {
  const facts = { place: "fineTuneLr, fineTuneFrom", rule: "of use with epochs only", remedy: "Omit fineTuneLr" };
  assert.equal(
    messageFor(new AppError("OPTION_INVALID", facts)),
    "--fine-tune-lr, --fine-tune-from: of use with epochs only. Omit --fine-tune-lr.",
  );
  assert.equal(
    messageFor(new AppError("OPTION_INVALID", { ...facts, place: "fineTuneLr.h5" })),
    "fineTuneLr.h5: of use with epochs only. Omit fineTuneLr.",
  );
  assert.match(messageFor(new AppError("OPTION_INVALID", { ...facts, place: "maxFiles, maxQueue" })), /^--max-files, /);
});

test("weights that are not there are fetched by a command with the model's name", () => {
  const facts = { place: "/home/x/.cache/densenet121/file.h5", rule: "lie there", remedy: "Fetch them" };
  assert.match(messageFor(new AppError("WEIGHTS_NOT_FETCHED", facts)), /"pneumoscope weights fetch densenet121"/);
  assert.match(messageFor(new AppError("WEIGHTS_DAMAGED", facts)), /"pneumoscope weights fetch densenet121"/);
  const arrived = { ...facts, place: "https://example.org/densenet121/file.h5" };
  assert.doesNotMatch(messageFor(new AppError("WEIGHTS_DAMAGED", arrived)), /pneumoscope/);
});

test("the set-up is named for the training engine, not for another one", () => {
  const of = (place: string) => messageFor(new AppError("ENGINE_MISSING", { place, rule: "cannot be loaded" }));
  assert.match(of("training engine"), /"npx pneumoscope setup"/);
  assert.equal(of("ONNX Runtime"), "ONNX Runtime: cannot be loaded.");
});
