// The means by hand: images out of scope, without heat or without a score are in none of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../core/errors.js";
import type { ExplainedResult } from "../../index.js";
import { meanSharesText } from "./mean-shares.js";

const explained = (scope: "in" | "out", shares: { outsideFrame: number; border: number } | null): ExplainedResult => ({
  kind: "explained",
  name: "a.png",
  score: 0.5,
  label: "PNEUMONIA",
  threshold: 0.5,
  lookedFor: "PNEUMONIA",
  looked: shares && { ...shares, peak: { x: 0.5, y: 0.5 }, halfArea: 0.1 },
  files: { overlay: "a.png", sideBySide: "a-side-by-side.png" },
  warnings: [],
  scope: { inScope: scope === "in", findings: [], distance: scope === "in" ? 0.5 : 2 },
});
const skipped: ExplainedResult = {
  kind: "failed",
  name: "b.png",
  error: new AppError("IMAGE_UNREADABLE", { place: "b.png", rule: "no image" }),
};

test("images out of scope are left out of the means, and it is said", () => {
  const rows = [
    explained("in", { outsideFrame: 0.2, border: 0.1 }),
    explained("in", { outsideFrame: 0.4, border: 0.3 }),
    explained("in", null),
    skipped,
  ];
  const even = "spread evenly: 44.0%, 43.8%";
  const means = "Mean share of the heat outside the lungs' frame 30.0%, at the border 20.0%";
  assert.equal(meanSharesText(rows), `${means} (n = 2; ${even}).`);
  const photograph = explained("out", { outsideFrame: 0.9, border: 0.8 });
  const text = meanSharesText([...rows, photograph, explained("out", null)]);
  assert.equal(text, `${means} (n = 2, without 1 out of scope; ${even}).`);
  assert.equal(meanSharesText([photograph]), "No mean share of the heat: every image that has heat is out of scope.");
  assert.equal(meanSharesText([explained("in", null), skipped]), undefined);
});
