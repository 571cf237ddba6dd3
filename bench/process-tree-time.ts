// Processor time that a process and all its descendants have used, from Linux' /proc: what a browser costs, however busy
// the machine is besides.
import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks per second of /proc on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Milliseconds of all processes below `root`, which itself is left out. Ended children are not counted. */
export function descendantsTimeMs(root: number): number {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? []);
  const inTree = new Set([root]);
  let ticks = 0;
  // Parents have smaller ids than their children, unless ids have started again from the beginning.
  for (const { id, parent, usedTicks } of processes.toSorted((a, b) => a.id - b.id)) {
    if (!inTree.has(parent)) continue;
    inTree.add(id);
    ticks += usedTicks;
  }
  return (1000 * ticks) / ticksPerSecond;
}

function statOf(id: number) {
  try {
    // The name in parentheses may hold anything; fields 3 and on follow it (proc(5)).
    const fields = readFileSync(`/proc/${id}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")
      .map(Number);
    return { id, parent: fields[1] as number, usedTicks: (fields[11] as number) + (fields[12] as number) };
  } catch {
    return undefined; // it has ended meanwhile
  }
}
