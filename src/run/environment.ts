// What a run ran on: env.json, and the report's table of it.

import { packageVersion } from "../core/package.js";
import { examineProcessor } from "../machine/processor.js";
import { engineInfo } from "../tensor/engine.js";
import type { RunSettings } from "./settings.js";

export type Environment = Readonly<Record<string, string | number>>;

/** Names as the report shows them. @param processes how many train together */
export async function describeEnvironment(
  { threads, precision, device }: RunSettings,
  processes: number,
): Promise<Environment> {
  const processor = await examineProcessor();
  return {
    Pneumoscope: packageVersion(),
    "Node.js": process.versions.node,
    libtorch: engineInfo().version,
    "operating system": `${process.platform} ${process.arch}`,
    processor: processor.model,
    "processor features": processor.features.join(", ") || "none known",
    threads,
    device,
    precision,
    ...(processes > 1 && { processes }),
  };
}
