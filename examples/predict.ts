// Scores files, folders and patterns with a trained model, with what speaks against each score.
//
//   npx tsx examples/predict.ts runs/mine chest.jpeg scans/
import { openClassifier, researchUse } from "pneumoscope/inference";

const [model, ...images] = process.argv.slice(2);
if (model === undefined || images.length === 0) throw new Error("usage: predict.ts <model> <image or folder> …");

await using classifier = await openClassifier(model, { heatMaps: false });
for await (const result of classifier.predict(images)) {
  if (result.kind === "failed") {
    console.log(`${result.name}: ${result.error.code}: ${result.error.message}`);
    continue;
  }
  const { name, score, label, warnings, scope } = result;
  console.log(`${name}: ${score.toFixed(3)} ${label}`);
  for (const { message } of [...warnings, ...scope.findings]) console.log(`  ${message}`);
}
console.log(researchUse);
