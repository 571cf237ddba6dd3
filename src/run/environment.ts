// What a run ran on: env.json, and the report's table of it.

import { loadOnnxRuntime } from "../core/onnx-runtime.js";
import { packageVersion } from "../core/package.js";
import { examineProcessor } from "../machine/processor.js";
import { engineInfo } from "../tensor/engine.js";
import { hasBackbone } from "./backbone/backbone-entry.js";
import type { RunSettings } from "./settings.js";

export type Environment = Readonly<Record<string, string | number>>;

/** Names as the report shows them. @param processes how many train together */
export async function describeEnvironment(settings: RunSettings, processes: number): Promise<Environment> {
  const { threads, precision, device } = settings;
  const processor = await examineProcessor();
  return {
    Pneumoscope: packageVersion(),
    "Node.js": process.versions.node,
    ...(await engineOf(settings)),
    "operating system": `${process.platform} ${process.arch}`,
    processor: processor.model,
    "processor features": processor.features.join(", ") || "none known",
    threads,
    device,
    precision,
    ...(processes > 1 && { processes }),
  };
}

/** A backbone by others is computed by ONNX Runtime, and its head needs no engine. */
async function engineOf(settings: RunSettings): Promise<Environment> {
  if (!hasBackbone(settings)) return { libtorch: engineInfo().version };
  return { "ONNX Runtime": (await loadOnnxRuntime()).env.versions.node ?? "unknown" };
}
