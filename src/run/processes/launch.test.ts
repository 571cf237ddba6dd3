import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import { launchFrom } from "./launch.js";

const torchrun = {
  RANK: "3",
  WORLD_SIZE: "4",
  LOCAL_RANK: "1",
  LOCAL_WORLD_SIZE: "2",
  MASTER_ADDR: "node-a",
  MASTER_PORT: "29500",
};

test("a program that no launcher has started is one process", () => {
  assert.equal(launchFrom({ PATH: "/bin" }), null);
  assert.equal(launchFrom({ RANK: "", WORLD_SIZE: "" }), null);
  // MASTER_ADDR alone names a place, no process; a batch script of Slurm is numbered, and no step.
  assert.equal(launchFrom({ MASTER_ADDR: "node-a" }), null);
  assert.equal(launchFrom({ SLURM_JOB_ID: "7", SLURM_PROCID: "0", SLURM_NTASKS: "4", SLURM_NODELIST: "a" }), null);
});

test("torchrun's variables, and whoever gives the same", () => {
  assert.deepEqual(launchFrom(torchrun), {
    launcher: "torchrun",
    rank: 3,
    size: 4,
    localRank: 1,
    localSize: 2,
    host: "node-a",
    port: 29500,
    networkInterface: null,
  });
  assert.equal(launchFrom({ ...torchrun, GLOO_SOCKET_IFNAME: "eth1" })?.networkInterface, "eth1");
});

test("where torchrun's own store listens, the next port is taken, another one after each restart", () => {
  const agent = { ...torchrun, TORCHELASTIC_USE_AGENT_STORE: "True", TORCHELASTIC_RESTART_COUNT: "2" };
  assert.equal(launchFrom(agent)?.port, 29503);
  assert.equal(launchFrom({ ...agent, MASTER_PORT: "65535" })?.port, 64538);
  assert.equal(launchFrom({ ...agent, TORCHELASTIC_USE_AGENT_STORE: "False" })?.port, 29500);
});

test("Slurm's steps: the first host of the list, a port by the job's number", () => {
  const step = {
    SLURM_STEP_ID: "0",
    SLURM_PROCID: "5",
    SLURM_NTASKS: "8",
    SLURM_LOCALID: "1",
    SLURM_STEP_TASKS_PER_NODE: "4(x2)",
    SLURM_NODELIST: "gpu[03-04],big",
    SLURM_JOB_ID: "1234567",
  };
  const launch = launchFrom(step);
  assert.deepEqual([launch?.launcher, launch?.rank, launch?.size], ["Slurm", 5, 8]);
  assert.deepEqual([launch?.localRank, launch?.localSize], [1, 4]);
  assert.deepEqual([launch?.host, launch?.port], ["gpu03", 19567]);
  assert.equal(launchFrom({ ...step, SLURM_NODELIST: "one,two" })?.host, "one");
  assert.equal(launchFrom({ ...step, MASTER_ADDR: "head", MASTER_PORT: "4000" })?.host, "head");
  assert.equal(launchFrom({ ...torchrun, ...step })?.launcher, "torchrun", "torchrun within a step");
});

test("Open MPI and PyTorchJob", () => {
  const mpi = { OMPI_COMM_WORLD_RANK: "1", OMPI_COMM_WORLD_SIZE: "2", MASTER_ADDR: "a", MASTER_PORT: "5000" };
  assert.deepEqual([launchFrom(mpi)?.launcher, launchFrom(mpi)?.rank], ["Open MPI", 1]);
  const job = { PET_NODE_RANK: "0", PET_NNODES: "2", PET_MASTER_ADDR: "job-0", PET_MASTER_PORT: "23456" };
  assert.deepEqual([launchFrom(job)?.launcher, launchFrom(job)?.host], ["PyTorchJob", "job-0"]);
  assert.throws(
    () => launchFrom({ ...job, PET_NPROC_PER_NODE: "2" }),
    hasCode("LAUNCH_INCOMPLETE", "PET_NPROC_PER_NODE"),
  );
});

test("half of the variables, and values that make no sense, are one clear error", () => {
  for (const [environment, word] of [
    [{ WORLD_SIZE: "2" }, "RANK"],
    [{ RANK: "0" }, "WORLD_SIZE"],
    [{ RANK: "0", WORLD_SIZE: "2" }, "MASTER_ADDR"],
    [{ RANK: "0", WORLD_SIZE: "2", MASTER_ADDR: "a" }, "MASTER_PORT"],
    [{ ...torchrun, RANK: "4" }, "RANK"],
    [{ ...torchrun, WORLD_SIZE: "many" }, "WORLD_SIZE"],
    [{ ...torchrun, MASTER_PORT: "0" }, "port"],
  ] as const) {
    assert.throws(() => launchFrom(environment), hasCode("LAUNCH_INCOMPLETE", word));
  }
  assert.equal(launchFrom({ RANK: "0", WORLD_SIZE: "1" })?.size, 1, "one process meets nobody");
});
