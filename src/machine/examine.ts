// The examination: facts about this machine, and a verdict with its remedy for each thing the product needs.
import { createRequire } from "node:module";
import { freemem, release, totalmem } from "node:os";
import { packageVersion } from "../core/package.js";
import { addonFolder } from "../tensor/addon-folder.js";
import { type EngineState, examineEngine } from "./engine-state.js";
import { type Gpu, listGpus } from "./graphics.js";
import { examineProcessor, isFasterInBfloat16, type Processor, type TrainedKind } from "./processor.js";

/** `ok`: nothing to do. `slow`: works, but not as well as it could. `missing`: something will fail. */
export type Verdict = "ok" | "slow" | "missing";

/** One thing that the product needs, as it was found. */
export interface Finding {
  readonly name: string;
  readonly verdict: Verdict;
  readonly found: string;
  /** What to do; absent when the verdict is `ok`. */
  readonly fix?: string;
  /** What cannot be done without it; absent for what nothing depends on. */
  readonly neededFor?: "using" | "training";
}

/** What the machine has. */
export interface Facts {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly processor: Processor;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  /** The version of ONNX Runtime, on which trained models run; null where the package is not installed. */
  readonly onnxRuntime: string | null;
  readonly engine: EngineState;
  readonly gpus: readonly Gpu[];
}

/** The facts about a machine, judged. */
export interface Examination extends Facts {
  readonly findings: readonly Finding[];
}

/** What this machine has of all that the product needs. */
export async function examineMachine(): Promise<Examination> {
  const facts = await gatherFacts();
  return { ...facts, findings: judge(facts) };
}

/** Gathers the facts. */
export async function gatherFacts(): Promise<Facts> {
  const [processor, engine, gpus] = await Promise.all([examineProcessor(), examineEngine(), listGpus()]);
  const total = totalmem();
  // A container may be allowed less than the machine has; 0 means no limit.
  const limit = process.constrainedMemory() || total;
  return {
    version: packageVersion(),
    node: process.version,
    platform: `${process.platform} ${release()}`,
    processor,
    memoryBytes: Math.min(total, limit),
    freeMemoryBytes: Math.min(process.availableMemory?.() ?? freemem(), limit),
    onnxRuntime: installedVersion("onnxruntime-node"),
    engine,
    gpus,
  };
}

/** Memory that training the largest model here needs, in bytes. */
const neededBytes = 2.5e9;
/** Below this, the matrix product runs on a reference BLAS (1.6 GFLOP/s where OpenBLAS reaches 170). */
const slowGflops = 5;

/** Judges the facts. */
export function judge(facts: Facts): readonly Finding[] {
  return [
    { name: "Pneumoscope", verdict: "ok", found: facts.version },
    { name: "Node.js", verdict: "ok", found: `${facts.node}, ${facts.platform}` },
    judgeOnnxRuntime(facts.onnxRuntime),
    ...judgeEngine(facts.engine),
    judgeProcessor(facts.processor),
    judgeMemory(facts),
    judgeGpus(facts),
  ];
}

function judgeOnnxRuntime(version: string | null): Finding {
  const about = { name: "ONNX Runtime", neededFor: "using" } as const;
  if (version !== null) return { ...about, verdict: "ok", found: `${version}: trained models run on it` };
  return { ...about, verdict: "missing", found: "not installed", fix: "npm install onnxruntime-node" };
}

/** Looked up, not loaded. */
function installedVersion(name: string): string | null {
  try {
    const content: { readonly version: string } = createRequire(import.meta.url)(`${name}/package.json`);
    return content.version;
  } catch {
    return null;
  }
}

function judgeEngine(engine: EngineState): readonly Finding[] {
  const setUp = "npx pneumoscope setup";
  if (engine.state === "not built") {
    const found = "the native addon is not built";
    return [{ name: "Engine", verdict: "missing", found, fix: setUp, neededFor: "training" }];
  }
  const build = engine.build;
  const libtorch = build === undefined ? "" : ` (${build.libtorch.source}: ${build.libtorch.root})`;
  if (engine.state === "broken") {
    const found = `the native addon does not work: ${engine.reason}`;
    const fix = `rm -r ${addonFolder()} && ${setUp}`;
    return [{ name: "Engine", verdict: "missing", found, fix, neededFor: "training" }];
  }
  const speed = `${engine.blas}, matrix product ${engine.gflops.toFixed(0)} GFLOP/s`;
  return [
    { name: "Engine", verdict: "ok", found: `addon built with ${build?.compiler.version ?? "an unknown compiler"}` },
    { name: "libtorch", verdict: "ok", found: `${engine.info.version}${libtorch}` },
    engine.gflops < slowGflops
      ? { name: "BLAS", verdict: "slow", found: speed, fix: "sudo apt-get install -y libopenblas0-pthread" }
      : { name: "BLAS", verdict: "ok", found: speed },
  ];
}

function judgeProcessor(processor: Processor): Finding {
  const features = processor.features.length > 0 ? processor.features.join(", ") : "no known vector instructions";
  const faster = (trained: TrainedKind) => (isFasterInBfloat16(processor, trained) ? "bfloat16" : "float32");
  const pretrained = faster("pretrained network");
  const depthwise = faster("depthwise layers");
  const exception = depthwise === pretrained ? "" : ` (${depthwise} where depthwise layers learn)`;
  const precision = `trains the custom CNN in ${faster("custom CNN")}, pretrained networks in ${pretrained}${exception}`;
  const threads = processor.threads === 1 ? "1 thread" : `${processor.threads} threads`;
  return { name: "Processor", verdict: "ok", found: `${processor.model}, ${threads}; ${features}; ${precision}` };
}

function judgeMemory({ memoryBytes, freeMemoryBytes }: Facts): Finding {
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const found = `${gib(memoryBytes)}, ${gib(freeMemoryBytes)} free`;
  if (freeMemoryBytes >= neededBytes) return { name: "Memory", verdict: "ok", found };
  const fix = `close other programs: training may need ${gib(neededBytes)}, or train with a smaller batch`;
  return { name: "Memory", verdict: "slow", found, fix };
}

function judgeGpus({ gpus, engine }: Facts): Finding {
  if (gpus.length === 0) return { name: "GPU", verdict: "ok", found: "none found; the processor does the work" };
  const found = gpus
    .map((gpu) => `${gpu.name}, ${(gpu.memoryMib / 1024).toFixed(0)} GiB, driver ${gpu.driver}`)
    .join("; ");
  if (engine.state !== "ready" || engine.info.cuda) return { name: "GPU", verdict: "ok", found };
  return {
    name: "GPU",
    verdict: "slow",
    found: `${found}; this libtorch is built without CUDA`,
    fix: "pip install torch, then: PNEUMOSCOPE_LIBTORCH=<site-packages>/torch npx pneumoscope setup",
  };
}
