import assert from "node:assert/strict";
import { test } from "node:test";
import { renderFolded, renderTable } from "./table.js";

const columns = [{ title: "Model" }, { title: "Accuracy", align: "right" }, { title: "AUC", align: "right" }] as const;
const rows = [
  ["custom", "0.92", "0.97"],
  ["mobilenet", "0.93", "0.981 (0.97–0.99)"],
];

test("a table that fits is one, to the last character", () => {
  const whole = renderTable(columns, rows);
  const widest = Math.max(...whole.split("\n").map((line) => line.length));
  assert.equal(renderFolded(columns, rows, widest), whole);
  assert.notEqual(renderFolded(columns, rows, widest - 1), whole);
});

test("a wider one comes in parts that begin with the first column and keep to the width", () => {
  const folded = renderFolded(columns, rows, 30);
  const parts = folded.split("\n\n");
  assert.deepEqual(
    parts.map((part) => part.split("\n")[0]?.split(/\s+/)),
    [
      ["Model", "Accuracy"],
      ["Model", "AUC"],
    ],
  );
  assert.ok(folded.split("\n").every((line) => line.length <= 30));
  // A column that is wider than the terminal still comes whole.
  assert.equal(renderFolded(columns, rows, 5).split("\n\n").length, 2);
});

test("long texts go on below before a table falls into more parts; numbers stay whole", () => {
  const long = [
    ["a model with a long name (seed 1)", "0.92", "a file.h5: 53 of 56 layers; fresh: conv_pw_13"],
    ["  in the study", "0.93", "random"],
  ];
  const titles = [{ title: "Model" }, { title: "Accuracy", align: "right" }, { title: "Weights" }] as const;
  assert.equal(
    renderFolded(titles, long, 50),
    [
      "Model              Accuracy",
      "─────────────────  ────────",
      "a model with a         0.92",
      "  long name (seed",
      "  1)",
      "  in the study         0.93",
      "",
      "Model              Weights",
      "─────────────────  ───────────────────────────",
      "a model with a     a file.h5: 53 of 56 layers;",
      "  long name (seed    fresh: conv_pw_13",
      "  1)",
      "  in the study     random",
    ].join("\n"),
  );
});
