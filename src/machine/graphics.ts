// NVIDIA GPUs, as the driver's own tool lists them.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface Gpu {
  readonly name: string;
  readonly memoryMib: number;
  readonly driver: string;
}

/** The GPUs of this machine; none where nvidia-smi is absent or fails. */
export async function listGpus(): Promise<readonly Gpu[]> {
  const query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"];
  try {
    const { stdout } = await promisify(execFile)("nvidia-smi", query, { timeout: 10_000 });
    return parseGpus(stdout);
  } catch {
    return [];
  }
}

/** Parses nvidia-smi's lines "name, MiB, driver". */
export function parseGpus(text: string): readonly Gpu[] {
  return text
    .split("\n")
    .map((line) => line.split(",").map((part) => part.trim()))
    .filter((parts) => parts.length === 3)
    .map(([name = "", memory = "", driver = ""]) => ({ name, memoryMib: Number(memory), driver }));
}
