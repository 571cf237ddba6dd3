// A Slurm of one machine in a folder of its own, for tests: munged, slurmctld and slurmd as their packages have them (Debian: apt-get
// install slurm-wlm munge), with their own key, sockets and ports. Nothing of an installed Slurm is read or changed.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, hostname, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const programs = ["munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue"];
const places = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];

/** Why there can be no Slurm here; false where there can. */
export function withoutSlurm(): string | false {
  const missing = programs.filter((name) => placeOf(name) === undefined);
  if (missing.length > 0) return `not installed: ${missing.join(", ")} (Debian: slurm-wlm, munge)`;
  return availableParallelism() < 2 ? "two tasks at the same time need two processors" : false;
}

const placeOf = (name: string): string | undefined =>
  places
    .map((place) => join(place, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

export interface Slurm {
  /** Runs one of Slurm's commands. @returns what it prints */
  command(name: string, ...args: string[]): string;
  /** Until no job is left. */
  finished(): Promise<void>;
  stop(): Promise<void>;
}

/** @param folder empty; short, since a socket's path is @param env what jobs inherit */
export async function startSlurm(folder: string, env: NodeJS.ProcessEnv): Promise<Slurm> {
  const at = (name: string) => join(folder, name);
  for (const name of ["state", "spool"]) mkdirSync(at(name));
  writeFileSync(at("munge.key"), randomBytes(128), { mode: 0o400 });
  const [controller, daemon] = [await freePort(), await freePort()];
  const name = hostname().split(".")[0] as string;
  writeFileSync(at("cgroup.conf"), "");
  writeFileSync(at("slurm.conf"), configuration({ folder, name, controller, daemon }));
  const slurmEnv = { ...env, SLURM_CONF: at("slurm.conf") };
  const children: ChildProcess[] = [];
  const start = (program: string, ...args: string[]) => {
    const child = spawn(placeOf(program) as string, args, { env: slurmEnv, stdio: "ignore" });
    children.push(child);
  };
  const command = (program: string, ...args: string[]) =>
    execFileSync(placeOf(program) as string, args, { env: slurmEnv, cwd: env.PWD, encoding: "utf8", timeout: 60_000 });
  const stop = async () => {
    for (const child of children.reverse()) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGTERM");
      await Promise.race([ended, wait(20_000).then(() => child.kill("SIGKILL"))]);
    }
  };
  const mungeFiles = ["key", "pid", "log", "seed"].map((kind) => `--${kind}-file=${at(`munge.${kind}`)}`);
  start("munged", "--foreground", "--force", `--socket=${at("munge.sock")}`, ...mungeFiles);
  start("slurmctld", "-D", "-c");
  start("slurmd", "-D");
  try {
    await until(() => / idle /.test(command("sinfo", "--noheader", "--format=x %T x")), 60_000);
  } catch (thrown) {
    await stop();
    const logs = ["munge.log", "slurmctld.log", "slurmd.log"].map((log) => readIfThere(at(log)));
    throw new Error(`Slurm does not start:\n${logs.join("\n")}`, { cause: thrown });
  }
  const finished = () => until(() => command("squeue", "--noheader").trim() === "", 600_000);
  return { command, finished, stop };
}

interface Places {
  readonly folder: string;
  readonly name: string;
  readonly controller: number;
  readonly daemon: number;
}

const configuration = ({ folder, name, controller, daemon }: Places): string => `ClusterName=test
SlurmctldHost=${name}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${daemon}
SlurmUser=${userInfo().username}
SlurmdUser=${userInfo().username}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.sock
CredType=cred/munge
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
InactiveLimit=0
KillWait=30
NodeName=${name} NodeAddr=127.0.0.1 CPUs=2 RealMemory=16000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until(holds: () => boolean, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  for (;;) {
    try {
      if (holds()) return;
    } catch (thrown) {
      if (performance.now() > end) throw thrown;
    }
    if (performance.now() > end) throw new Error(`not in ${limitMs / 1000} s`);
    await wait(300);
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8").split("\n").slice(-20).join("\n");
  } catch {
    return `no ${path}`;
  }
}
