// The score that Node gives the same file with the same model: what the page must show.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRadiograph } from "../../../src/images/read-radiograph.js";
import { resize } from "../../../src/images/resize.js";
import { openModel } from "../../../src/inference/open-model.js";

export interface NodeScorer {
  score(file: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

export async function nodeScorer(model: Uint8Array): Promise<NodeScorer> {
  const folder = mkdtempSync(join(tmpdir(), "page-model-"));
  const path = join(folder, "model.onnx");
  writeFileSync(path, model);
  const opened = await openModel(path, { threads: 1 });
  const { imageSize, interpolation } = opened.contract;
  return {
    score: async (file) => {
      const { image } = await readRadiograph(file);
      const { scores } = await opened.run(resize(image, imageSize, imageSize, interpolation).data);
      return scores[0] as number;
    },
    close: async () => {
      await opened.dispose();
      rmSync(folder, { recursive: true });
    },
  };
}
