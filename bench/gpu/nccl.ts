// NCCL with one process on the first GPU: that groups are made, that sums in float32 and bfloat16 are what went in, and how fast
// gradients of 100 MB pass. Prints JSON lines.
//
//   node dist/bench/gpu/nccl.js
import { inArena } from "../../src/tensor/arena.js";
import * as ops from "../../src/tensor/operators.js";
import { joinProcesses } from "../../src/tensor/process-group.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { GradientBuckets } from "../../src/training/data-parallel/gradient-buckets.js";
import { freePort } from "../../test/support/free-port.js";

const device = "cuda:0";
const mebibytes = 100;
const rounds = 20;
const processes = await joinProcesses({
  host: "127.0.0.1",
  port: await freePort(),
  rank: 0,
  size: 1,
  reachedBy: { address: "127.0.0.1" },
  hasGpu: true,
  timeoutSeconds: 60,
});
for (const exchange of ["float32", "bfloat16"] as const) {
  const parameters = Array.from({ length: 4 }, () => ops.rand([(mebibytes * 2 ** 18) / 4], { device }));
  const buckets = new GradientBuckets(processes, parameters, exchange);
  const pass = async (): Promise<readonly number[]> => {
    buckets.restart();
    inArena(() => {
      for (const [i, parameter] of parameters.entries()) buckets.add(i, parameter);
    });
    const sums = await buckets.sums();
    return inArena(() => sums.map((sum, i) => ops.max(ops.abs(ops.subTensor(sum, parameters[i] as Tensor))).item()));
  };
  const difference = Math.max(...(await pass()));
  if (difference > (exchange === "float32" ? 0 : 4e-3)) throw new Error(`${exchange}: sums differ by ${difference}`);
  const started = performance.now();
  for (let round = 0; round < rounds; round++) await pass();
  const perSecond = (mebibytes * rounds * 1000) / (performance.now() - started);
  const found = {
    who: "Pneumoscope",
    engine: "NCCL",
    device,
    model: `${mebibytes} MiB of gradients`,
    work: "sum in MiB/s",
  };
  console.log(
    JSON.stringify({ ...found, setting: exchange, batch: 1, per_second: Math.round(perSecond), gpu_mib: null }),
  );
  buckets.dispose();
  for (const parameter of parameters) parameter.dispose();
}
processes.leave();
