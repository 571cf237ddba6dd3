// From a launcher's facts to processes that have found each other and are sure to do the same.
import { createSocket } from "node:dgram";
import { AppError, factsOf, messageOf } from "../../core/errors.js";
import { alone, type GroupPlace, joinProcesses, type Processes } from "../../tensor/process-group.js";
import type { RunSettings } from "../run-settings.js";
import type { Launch } from "./launch.js";

/** @throws AppError as `joinProcesses` */
export async function joinLaunched(
  launch: Launch,
  { device, processTimeout }: Pick<RunSettings, "device" | "processTimeout">,
): Promise<Processes> {
  const { host, port, rank, size } = launch;
  if (size === 1) return alone;
  const place = { host, port, rank, size, reachedBy: await wayTo(launch), hasGpu: device !== "cpu" };
  return joinProcesses({ ...place, timeoutSeconds: processTimeout });
}

/** This machine's address in the network through which process 0 is reached. Nothing is sent. */
async function wayTo({ host, port, networkInterface }: Launch): Promise<GroupPlace["reachedBy"]> {
  if (networkInterface !== null) return { networkInterface };
  const socket = createSocket("udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(port, host, resolve);
    });
    return { address: socket.address().address };
  } catch (thrown) {
    throw new AppError(
      "PROCESS_LOST",
      {
        place: host,
        rule: `cannot be reached: ${messageOf(thrown)}`,
        remedy: "It is where process 0 runs; name it so that every machine finds it (MASTER_ADDR)",
      },
      { cause: thrown },
    );
  } finally {
    socket.close();
  }
}

/**
 * What `work` gives in process 0, plain JSON, for all; where it fails there, all fail with its error.
 * @param point as of `meet`
 */
export async function byFirst<T>(processes: Processes, point: string, work: () => Promise<T>): Promise<T> {
  if (processes.size === 1) return work();
  if (processes.rank === 0) {
    const outcome = await work().then(
      (value) => ({ value }),
      (thrown: unknown) => ({ thrown }),
    );
    await processes.meet(point);
    await processes.texts(JSON.stringify("value" in outcome ? outcome : { error: told(outcome.thrown) }));
    if ("thrown" in outcome) throw outcome.thrown;
    return outcome.value;
  }
  await processes.meet(point);
  const [text = ""] = await processes.texts("");
  const outcome = JSON.parse(text) as { readonly value: T } | { readonly error: ReturnType<typeof told> };
  if ("error" in outcome) throw new AppError(outcome.error.code, outcome.error.facts);
  return outcome.value;
}

function told(thrown: unknown) {
  if (thrown instanceof AppError) return { code: thrown.code, facts: factsOf(thrown) };
  const facts = { place: "process 0", rule: `failed: ${messageOf(thrown)}` };
  return { code: "PROCESS_LOST" as const, facts };
}

/**
 * Makes sure that what must be equal is equal: facts by what they are of, in the order in which a difference is told.
 * @throws AppError PROCESSES_DIFFER, the same in every process
 */
export async function requireSame(processes: Processes, facts: Readonly<Record<string, string>>): Promise<void> {
  if (processes.size === 1) return;
  const all = (await processes.texts(JSON.stringify(facts))).map((text) => JSON.parse(text) as typeof facts);
  const [first = {}] = all;
  for (const [rank, other] of all.entries()) {
    const name = [...new Set([...Object.keys(first), ...Object.keys(other)])].find((key) => first[key] !== other[key]);
    if (name === undefined) continue;
    throw new AppError("PROCESSES_DIFFER", {
      place: name,
      rule: "should be the same in all processes of a training",
      received: `${first[name] ?? "nothing"} in process 0 and ${other[name] ?? "nothing"} in process ${rank}`,
      remedy:
        "Give all processes one version, one dataset and the same settings; what depends on the machine, such as precision, is best given",
    });
  }
}
