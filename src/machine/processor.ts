// The processor and its instruction sets that matter for training speed.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { arch, availableParallelism, cpus } from "node:os";
import { promisify } from "node:util";

/** Features in the order they are shown; `flag` is Linux's spelling in /proc/cpuinfo. */
const knownFeatures = [
  { name: "AVX2", flag: "avx2" },
  { name: "AVX-512", flag: "avx512f" },
  { name: "AVX512-BF16", flag: "avx512_bf16" },
  { name: "AMX-BF16", flag: "amx_bf16" },
  { name: "NEON", flag: "asimd" },
  { name: "BF16", flag: "bf16" },
] as const;

export type ProcessorFeature = (typeof knownFeatures)[number]["name"];

export interface Processor {
  readonly model: string;
  readonly architecture: string;
  /** Threads this process may use at once. */
  readonly threads: number;
  readonly features: readonly ProcessorFeature[];
}

/** Looks at this machine's processor. */
export async function examineProcessor(): Promise<Processor> {
  return {
    model: cpus()[0]?.model.trim() || "unknown",
    architecture: arch(),
    threads: availableParallelism(),
    features: featuresFromFlags(await readFlags()),
  };
}

/** The known features among a processor's flags, as Linux spells them, separated by spaces. */
export function featuresFromFlags(flags: string): readonly ProcessorFeature[] {
  const present = new Set(flags.split(/\s+/));
  return knownFeatures.filter(({ flag }) => present.has(flag)).map(({ name }) => name);
}

/** Whether bfloat16 arithmetic is done in hardware. */
export function hasBfloat16(processor: Processor): boolean {
  return processor.features.some((name) => name === "AVX512-BF16" || name === "AMX-BF16" || name === "BF16");
}

/** What of a model learns, as far as the choice of precision depends on it. */
export type TrainedKind = "custom CNN" | "pretrained network" | "depthwise layers";

/**
 * Whether training is faster in bfloat16. Of a pretrained network wherever the hardware knows it
 * (bench/results/transfer-throughput.csv: up to 1.7 times), unless depthwise layers learn: libtorch's are so slow that the
 * addon's in float32 win even against matrix units (docs/decisions/0024-kernels-for-training-whole-networks.md). Of the
 * custom CNN only with matrix units: with AVX512-BF16 alone the addon's float32 kernels win
 * (bench/results/training-throughput.csv: 61 against 47 images/s).
 */
export function isFasterInBfloat16(processor: Processor, trained: TrainedKind): boolean {
  switch (trained) {
    case "custom CNN":
      return processor.features.includes("AMX-BF16");
    case "pretrained network":
      return hasBfloat16(processor);
    case "depthwise layers":
      return false;
    default:
      return trained satisfies never;
  }
}

async function readFlags(): Promise<string> {
  if (process.platform === "linux") {
    const text = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
    return /^(?:flags|Features)\s*:\s*(.*)$/m.exec(text)?.[1] ?? "";
  }
  if (process.platform === "darwin") {
    const names = ["hw.optional.arm.FEAT_BF16", "hw.optional.neon", "hw.optional.avx2_0", "hw.optional.avx512f"];
    const flags = ["bf16", "asimd", "avx2", "avx512f"];
    const values = await Promise.all(names.map((name) => outputOf("sysctl", ["-n", name])));
    return flags.filter((_flag, i) => values[i]?.trim() === "1").join(" ");
  }
  return "";
}

async function outputOf(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, [...args])).stdout;
  } catch {
    return "";
  }
}
