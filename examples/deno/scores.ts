// A look at a folder of radiographs in Deno, in steps as in a notebook (editors and Jupyter's Deno kernel run the parts
// between the "%%" marks one by one).
//
//   deno run -A --node-modules-dir=manual examples/deno/scores.ts runs/mine scans/

// %% Open the model: what is it, and what does its threshold amount to?
import { openClassifier, type ScoredResult } from "pneumoscope/inference";

const [model, ...images] = Deno.args;
await using classifier = await openClassifier(model, { heatMaps: false });
const { title, threshold } = classifier.contract;
console.log(`${title}, threshold ${threshold.value} (${threshold.policy})`);

// %% Score everything.
const scored: ScoredResult[] = [];
for await (const result of classifier.predict(images)) {
  if (result.kind === "scored") scored.push(result);
  else console.log(`${result.name}: ${result.error.message}`);
}

// %% How are the scores spread?
for (let tenth = 0; tenth < 10; tenth++) {
  const n = scored.filter(({ score }) => Math.min(Math.floor(score * 10), 9) === tenth).length;
  console.log(`${(tenth / 10).toFixed(1)} to ${((tenth + 1) / 10).toFixed(1)}  ${"#".repeat(n)} ${n}`);
}

// %% Which do not look like a child's frontal chest radiograph?
console.table(
  scored
    .filter(({ scope }) => !scope.inScope)
    .map(({ name, score, scope }) => ({ name, score, why: scope.findings.map(({ code }) => code).join(" ") })),
);
