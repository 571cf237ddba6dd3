// Coverage-guided fuzzing of native/kernels with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, for each
// instruction set that this processor has:
//
//   node dist/bench/fuzz-kernels.js [--seconds 60] [--compiler clang++-14]
//
// Needs a clang++ with its runtime (Debian: apt-get install clang-14 libclang-rt-14-dev); nothing else here does. What was
// learnt stays in build/fuzz-kernels, so the next run goes on from there. Appends a row per instruction set to
// bench/results/fuzz-kernels.csv; a finding ends the run with the bytes that make it.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { packageRoot } from "../src/core/package.js";
import { appendResults } from "./results-file.js";

interface Capability {
  readonly name: string;
  readonly flags: readonly string[];
}

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, compiler: { type: "string", default: "clang++-14" } },
});
const root = packageRoot();
const out = join(root, "build", "fuzz-kernels");
const capabilitiesFile = pathToFileURL(join(root, "scripts", "setup", "capabilities.js")).href;
const { buildableCapabilities } = (await import(capabilitiesFile)) as {
  buildableCapabilities(): readonly Capability[];
};
const processor = readFileSync("/proc/cpuinfo", "utf8");
const runs = (flag: string) => new RegExp(`\\b${flag.slice(2)}\\b`).test(processor);

for (const capability of buildableCapabilities()) {
  if (capability.flags.every(runs)) await fuzz(capability);
  else console.log(`${capability.name}: this processor lacks it`);
}

async function fuzz({ name, flags }: Capability): Promise<void> {
  const corpus = join(out, `corpus-${name}`);
  mkdirSync(corpus, { recursive: true });
  const program = join(out, `kernels-${name}`);
  const kernels = join(root, "native", "kernels");
  const sources = readdirSync(kernels).filter((file) => file.endsWith(".cc"));
  const sanitizers = ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"];
  run(values.compiler, [
    ...["-O1", "-g", "-std=c++17", "-fno-trapping-math", ...sanitizers, ...flags],
    ...[`-DPNEUMOSCOPE_CAPABILITY=${name}`, `-I${join(root, "native")}`, "-o", program],
    ...[join(root, "bench", "fuzz", "native", "kernels.cc"), ...sources.map((file) => join(kernels, file))],
  ]);
  // 5 s and 1 GiB are findings here too. Every harness' bytes beyond a few hundred are left unread.
  const limits = [`-max_total_time=${values.seconds}`, "-max_len=400", "-timeout=5", "-rss_limit_mb=1024"];
  const said = run(program, [corpus, ...limits, "-print_final_stats=1", `-artifact_prefix=${out}/finding-`]);
  const number = (pattern: RegExp) => Number(pattern.exec(said)?.[1] ?? Number.NaN);
  const row = {
    capability: name,
    n: number(/number_of_executed_units:\s*(\d+)/),
    edges: number(/#\d+\s+DONE\s+cov: (\d+)/),
    features: number(/#\d+\s+DONE.*?ft: (\d+)/),
    slowest_s: number(/slowest_unit_time_sec:\s*(\d+)/),
    peak_mb: number(/peak_rss_mb:\s*(\d+)/),
    findings: 0,
  };
  console.log(row, await appendResults("fuzz-kernels", [row]));
}

/** What the program said. Throws where it ended otherwise than well: libFuzzer does so at a finding. */
function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ended with code ${status}:\n${(stdout + stderr).slice(-5000)}`);
  return stdout + stderr;
}
