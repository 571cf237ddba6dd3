// A process of its own that reads damaged files one after the other and tells its parent before and after each: when a
// native library takes the process down, or never comes back, the parent knows which file did it.
import { AppError } from "../../src/core/errors.js";
import { damagedFile } from "./damaged-file.js";
import { fuzzReaders } from "./fuzz-readers.js";

/** What the parent asks for. */
export interface FuzzTask {
  readonly reader: string;
  readonly seed: number;
  /** First file and the one after the last. */
  readonly from: number;
  readonly to: number;
}

export type FuzzMessage =
  /** The making of a file failed, or the reader did not open: a fault of the fuzzer, not of the product. */
  | { readonly kind: "broken"; readonly what: string }
  | { readonly kind: "start"; readonly index: number }
  | {
      readonly kind: "end";
      readonly index: number;
      readonly ms: number;
      /** Processor time, all threads together. */
      readonly cpuMs: number;
      /** "accepted", an AppError's code, or undefined where something else was thrown. */
      readonly outcome: string | undefined;
      /** What was thrown, if it was a finding. */
      readonly thrown?: string;
      /** Resident memory in MB, every few hundred files. */
      readonly memoryMb?: number;
      /** The most that this process ever had resident, in MB. */
      readonly peakMb: number;
    };

const memoryEvery = 250;

async function run(task: FuzzTask): Promise<void> {
  const reader = fuzzReaders.find(({ name }) => name === task.reader);
  if (reader === undefined) throw new Error(`no reader is called ${task.reader}`);
  const seeds = await reader.seeds();
  const open = await reader.open();
  for (let index = task.from; index < task.to; index++) {
    const bytes = await damagedFile(reader, seeds, { seed: task.seed, index });
    send({ kind: "start", index });
    const start = performance.now();
    const cpuStart = process.cpuUsage();
    const result = await attempt(() => open.read(bytes));
    const ms = performance.now() - start;
    const cpu = process.cpuUsage(cpuStart);
    const cpuMs = (cpu.user + cpu.system) / 1000;
    const isLast = index === task.to - 1;
    const memoryMb = isLast || index % memoryEvery === 0 ? residentMb() : undefined;
    const peakMb = process.resourceUsage().maxRSS / 1024;
    send({ kind: "end", index, ms, cpuMs, peakMb, ...result, ...(memoryMb === undefined ? {} : { memoryMb }) });
  }
  await open.close();
  process.disconnect();
}

async function attempt(read: () => Promise<unknown>): Promise<{ outcome: string | undefined; thrown?: string }> {
  try {
    await read();
    return { outcome: "accepted" };
  } catch (thrown) {
    return thrown instanceof AppError ? { outcome: thrown.code } : { outcome: undefined, thrown: stackOf(thrown) };
  }
}

const stackOf = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);

function residentMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss / 2 ** 20;
}

const send = (message: FuzzMessage): boolean | undefined => process.send?.(message);

process.once("message", (task) => {
  run(task as FuzzTask).catch((thrown: unknown) => send({ kind: "broken", what: stackOf(thrown) }));
});
