// How much processor time another process has used. Linux only: elsewhere nobody knows, and wall time has to do.
import { readFileSync } from "node:fs";

/** Ticks of proc(5), which every Linux of today reports in hundredths of a second. */
const msPerTick = 10;

/** In milliseconds, all threads together; undefined where it cannot be told. */
export function cpuMsOf(processId: number | undefined): number | undefined {
  try {
    const text = readFileSync(`/proc/${processId}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" "); // the name before it may hold anything
    return (Number(fields[11]) + Number(fields[12])) * msPerTick;
  } catch {
    return undefined;
  }
}
