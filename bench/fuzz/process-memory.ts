// How much memory another process and those that it started have resident. Linux only: elsewhere nobody knows.
import { readFileSync } from "node:fs";

/** In MB, all descendants together; 0 where it cannot be told. */
export function residentMbOf(processId: number | undefined): number {
  try {
    const pages = Number(readFileSync(`/proc/${processId}/statm`, "utf8").split(" ")[1]);
    const children = readFileSync(`/proc/${processId}/task/${processId}/children`, "utf8").trim();
    const below = children === "" ? [] : children.split(" ").map(Number);
    return below.reduce((sum, child) => sum + residentMbOf(child), (pages * pageBytes) / 2 ** 20);
  } catch {
    return 0;
  }
}

/** Of x86-64, and of nearly every Linux on arm64. */
const pageBytes = 4096;
