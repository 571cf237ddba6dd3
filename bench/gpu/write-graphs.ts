// The study's networks as JSON for their PyTorch peers (graph_module.py): whole, and frozen as the study freezes them.
//
//   node dist/bench/gpu/write-graphs.js <folder>
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inferShapes } from "../../src/model/shapes.js";
import { withTrainablePart } from "../../src/model/trainable-part.js";
import { studyModels } from "./study-models.js";

const [folder = "graphs"] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
for (const entry of studyModels) {
  const built = entry.build();
  for (const [part, trainable] of [
    ["all", { kind: "all" }],
    ["study", entry.transfer.study.trainable],
  ] as const) {
    const graph = withTrainablePart(built, trainable, entry.firstHeadLayer);
    const shapes = inferShapes(graph);
    const nodes = graph.nodes.map((node) => ({
      ...node,
      inputShapes: node.inputs.map((name) => shapes.get(name)),
      isOutput: node.name === graph.output,
    }));
    await writeFile(join(folder, `${entry.id}-${part}.json`), JSON.stringify({ nodes, output: graph.output }));
  }
}
