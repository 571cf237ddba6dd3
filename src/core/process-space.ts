// Where a process number means something: within one PID namespace of one running kernel, or on one host where the system
// tells no more. Two containers have process numbers of their own even when they share host name, kernel and folder.
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { systemCodeOf } from "./errors.js";

export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Equal for two processes that see each other's numbers; unequal after a reboot, in another container, on another machine. */
  readonly space: string;
  /** Tells a process from a later one with the same number; null where the system does not say. */
  readonly start: string | null;
}

export const ownIdentity = (): ProcessIdentity => ({
  pid: process.pid,
  host: hostname(),
  space: processSpace(),
  start: stateOf(process.pid)?.start ?? null,
});

/** Linux: the boot's id and the namespace's inode (pid_namespaces(7)). */
function processSpace(): string {
  try {
    return `${bootId()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return `host ${hostname()}`;
  }
}

/** Changes with every start of the machine. Throws where the system does not say. */
export const bootId = (): string => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

/** Of a process in our own space: true only when it is certain that it is gone, or that its number belongs to a later one. */
export function isGone({ pid, start }: Pick<ProcessIdentity, "pid" | "start">): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ESRCH") return true;
  }
  const now = stateOf(pid);
  if (now === null) return false;
  // A killed process whose parent does not fetch its end, as in containers without an init, keeps its number for ever.
  return now.isZombie || (start !== null && start !== now.start);
}

/** Linux: start in ticks since the boot and state (proc(5), fields 22 and 3 of stat). Elsewhere null. */
function stateOf(pid: number): { readonly start: string; readonly isZombie: boolean } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state, start] = [fields[0], fields[19]];
    return start === undefined ? null : { start, isZombie: state === "Z" || state === "X" };
  } catch {
    return null;
  }
}
