// What launchers tell a program in environment variables: which of how many processes it is and where they find each other.
// torchrun's variables are read first, then Slurm's, Open MPI's and those that Kubernetes' PyTorchJob gives torchrun (PET_).
import { AppError } from "../../core/errors.js";

/** One of the processes that a launcher has started for one training. */
export interface Launch {
  /** Whose variables were read. */
  readonly launcher: "torchrun" | "Slurm" | "Open MPI" | "PyTorchJob";
  /** From 0, over all machines. */
  readonly rank: number;
  /** How many there are. */
  readonly size: number;
  /** From 0, on this machine. */
  readonly localRank: number;
  /** How many there are on this machine; 1 where it is not said. */
  readonly localSize: number;
  /** Of process 0. */
  readonly host: string;
  readonly port: number;
  /** The network interface to be reached by (GLOO_SOCKET_IFNAME); null: the one that leads to process 0. */
  readonly networkInterface: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a launcher keeps what. Alternatives in their order. */
interface Variables {
  readonly rank: string;
  readonly size: readonly string[];
  readonly localRank: readonly string[];
  readonly localSize: readonly string[];
  readonly host: readonly string[];
  readonly port: readonly string[];
}

const launchers: readonly (readonly [Launch["launcher"], Variables])[] = [
  [
    "torchrun",
    {
      rank: "RANK",
      size: ["WORLD_SIZE"],
      localRank: ["LOCAL_RANK"],
      localSize: ["LOCAL_WORLD_SIZE"],
      host: ["MASTER_ADDR"],
      port: ["MASTER_PORT"],
    },
  ],
  [
    "Slurm",
    {
      rank: "SLURM_PROCID",
      size: ["SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"],
      localRank: ["SLURM_LOCALID"],
      localSize: ["SLURM_STEP_TASKS_PER_NODE", "SLURM_NTASKS_PER_NODE"],
      host: ["MASTER_ADDR", "SLURM_STEP_NODELIST", "SLURM_NODELIST", "SLURM_JOB_NODELIST"],
      port: ["MASTER_PORT"],
    },
  ],
  [
    "Open MPI",
    {
      rank: "OMPI_COMM_WORLD_RANK",
      size: ["OMPI_COMM_WORLD_SIZE"],
      localRank: ["OMPI_COMM_WORLD_LOCAL_RANK"],
      localSize: ["OMPI_COMM_WORLD_LOCAL_SIZE"],
      host: ["MASTER_ADDR"],
      port: ["MASTER_PORT"],
    },
  ],
  [
    "PyTorchJob",
    {
      rank: "PET_NODE_RANK",
      size: ["PET_NNODES"],
      localRank: [],
      localSize: ["PET_NPROC_PER_NODE"],
      host: ["PET_MASTER_ADDR"],
      port: ["PET_MASTER_PORT"],
    },
  ],
];

/**
 * Which of several processes this one is, by the environment that torchrun, srun, mpirun or a Kubernetes training job gives
 * it.
 *
 * @example
 * const launch = launchFrom(process.env); // null: started by hand, as one process
 *
 * @returns null where no launcher has left its variables
 * @throws AppError LAUNCH_INCOMPLETE when only some of them are there, or one makes no sense
 */
export function launchFrom(environment: Environment): Launch | null {
  for (const [launcher, variables] of launchers) {
    if (isLaunched(launcher, variables, environment)) return launchOf(launcher, variables, environment);
  }
  return null;
}

/** Slurm numbers also the script of a batch job, which no launcher has started: only steps, which `srun` makes, count. */
function isLaunched(launcher: Launch["launcher"], variables: Variables, environment: Environment): boolean {
  if (launcher === "Slurm") return has(environment, variables.rank) && has(environment, "SLURM_STEP_ID");
  const tells = launcher === "torchrun" ? [variables.rank, ...variables.size] : [variables.rank];
  return tells.some((name) => has(environment, name));
}

function launchOf(launcher: Launch["launcher"], variables: Variables, environment: Environment): Launch {
  const found = (names: readonly string[]) => names.find((name) => has(environment, name));
  const needed = (names: readonly string[]): string => {
    const name = found(names);
    if (name !== undefined) return environment[name] as string;
    throw incomplete(launcher, `${names.join(" or ")} should be set as well`, "nothing");
  };
  const whole = (names: readonly string[], usual?: number): number => {
    const name = found(names);
    if (name === undefined && usual !== undefined) return usual;
    const text = needed(names);
    const [, digits] = /^(\d{1,9})(?:\(x\d+\)|,|$)/.exec(text) ?? []; // Slurm's tasks per node may read "2(x3),1"
    if (digits !== undefined) return Number(digits);
    throw incomplete(launcher, `${name} should be a whole number`, `"${text}"`);
  };
  const size = whole(variables.size);
  const rank = whole([variables.rank]);
  if (size < 1 || rank >= size) {
    throw incomplete(launcher, `${variables.rank} counts from 0 to ${variables.size[0]} - 1`, `${rank} of ${size}`);
  }
  const localSize = localSizeOf(whole, launcher, variables);
  const own = { launcher, rank, size, localRank: whole(variables.localRank, 0), localSize };
  const networkInterface = environment.GLOO_SOCKET_IFNAME || null;
  if (size === 1) return { ...own, host: "127.0.0.1", port: 0, networkInterface };
  return { ...own, ...placeOf(launcher, variables, environment, { needed, whole }), networkInterface };
}

function localSizeOf(
  whole: (names: readonly string[], usual: number) => number,
  launcher: Launch["launcher"],
  variables: Variables,
): number {
  const localSize = Math.max(1, whole(variables.localSize, 1));
  if (launcher !== "PyTorchJob" || localSize === 1) return localSize;
  throw incomplete(launcher, "PET_NPROC_PER_NODE above 1 is for torchrun, which starts so many", `${localSize}`);
}

function placeOf(
  launcher: Launch["launcher"],
  variables: Variables,
  environment: Environment,
  {
    needed,
    whole,
  }: {
    readonly needed: (names: readonly string[]) => string;
    readonly whole: (names: readonly string[], usual?: number) => number;
  },
): Pick<Launch, "host" | "port"> {
  const host = firstHost(needed(variables.host));
  if (launcher === "Slurm") {
    // As others do: jobs on one machine get ports of their own.
    const usual = 15_000 + (Number(environment.SLURM_JOB_ID ?? environment.SLURM_JOBID ?? 0) % 10_000);
    return { host, port: portIn(launcher, whole(variables.port, usual)) };
  }
  const port = whole(variables.port);
  // torchrun's own store listens there, in another version's protocol; after a restart the last one may still be open.
  const isTaken = environment.TORCHELASTIC_USE_AGENT_STORE === "True";
  const restarts = Number(environment.TORCHELASTIC_RESTART_COUNT ?? 0);
  return { host, port: portIn(launcher, isTaken ? port + 1 + (restarts % 100) : port) };
}

function portIn(launcher: Launch["launcher"], port: number): number {
  const wrapped = port > 65_535 && port < 65_700 ? port - 1000 : port;
  if (wrapped >= 1 && wrapped <= 65_535) return wrapped;
  throw incomplete(launcher, "the port should be from 1 to 65535", `${port}`);
}

/** Of Slurm's "node[03-05,9],other": "node03". Other names have no brackets. */
function firstHost(list: string): string {
  const [, name = list, inside] = /^([^,[]*)(?:\[([^\]]*)\])?/.exec(list) ?? [];
  return inside === undefined ? name : `${name}${inside.split(/[,-]/)[0]}`;
}

const has = (environment: Environment, name: string): boolean => (environment[name] ?? "") !== "";

const incomplete = (launcher: string, rule: string, received: string): AppError =>
  new AppError("LAUNCH_INCOMPLETE", {
    place: `${launcher}'s environment`,
    rule,
    received,
    remedy: "Start with torchrun, srun or mpirun, or unset the launcher's variables to train in one process",
  });
