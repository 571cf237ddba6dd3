// Compiles native/*.cc and links build/native/pneumoscope.node against libtorch, calling the compiler directly.
// Objects are compiled in parallel, and only those whose source, headers or flags changed.
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism, freemem } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { buildableCapabilities } from "./capabilities.js";
import { lastLines, run } from "./command.js";
import { hardeningFlags } from "./hardening.js";
import { nodeApiHeaders } from "./node-api-headers.js";
import { formatSeconds, SetupError, step } from "./report.js";
import { filesBelow, readStamp, stampOf, writeStamp } from "./stamp.js";

/** @typedef {import("./compiler.js").Compiler} Compiler */
/** @typedef {import("./libtorch-inspect.js").Libtorch} Libtorch */
/** @typedef {import("./hardening.js").Hardening} Hardening */
/** @typedef {{ source: string, object: string, command: readonly string[] }} CompileJob */
/** @typedef {{ root: string, native: string, out: string, compiler: Compiler, libtorch: Libtorch, flags: Hardening }} Build */

/** One compiler process on libtorch's headers takes about this much memory. */
const bytesPerJob = 1.2e9;

/**
 * Builds the addon when anything it is made of changed.
 * @param {string} root the project's folder
 * @param {Compiler} compiler
 * @param {Libtorch} libtorch
 * @param {{ native?: string, out?: string, flags?: Hardening }} [options] where the sources are, where the build goes, and
 *   flags for compiler and linker in place of those that harden
 */
export async function buildAddon(root, compiler, libtorch, options = {}) {
  const native = options.native ?? join(root, "native");
  const out = options.out ?? join(root, "build", "native");
  const flags = options.flags ?? (await hardeningFlags(compiler.program));
  const addon = join(out, "pneumoscope.node");
  const started = Date.now();
  const tools = JSON.stringify({ compiler, libtorch });
  const jobs = await compileJobs({ root, native, out, compiler, libtorch, flags });
  const stale = [];
  for (const job of jobs) {
    if (!existsSync(job.object) || (await readStamp(`${job.object}.stamp`)) !== (await stampOfJob(job, tools))) {
      stale.push(job);
    }
  }
  const link = linkCommand({ compiler, libtorch, flags, jobs, target: `${addon}.new` });
  const linkStamp = await stampOf({ texts: link });
  if (stale.length === 0 && existsSync(addon) && (await readStamp(`${addon}.stamp`)) === linkStamp) {
    step("addon", `up to date (${relative(root, addon)})`);
    return;
  }
  await rm(`${addon}.stamp`, { force: true });
  await mkdir(out, { recursive: true });
  await compileAll(root, stale, tools);
  await runCompiler(link, root, "the addon could not be linked.");
  await rename(`${addon}.new`, addon); // a new file: processes that run keep the one they loaded
  await writeFile(join(out, "build-info.json"), `${JSON.stringify({ compiler, libtorch }, undefined, 2)}\n`);
  await writeStamp(`${addon}.stamp`, linkStamp);
  step(
    "addon",
    `compiled ${stale.length} of ${jobs.length} objects and linked in ${formatSeconds(Date.now() - started)}`,
  );
}

/**
 * One job per native/*.cc, which may include those in other folders, and one per native/kernels/*.cc and capability.
 * @param {Build} build
 * @returns {Promise<readonly CompileJob[]>}
 */
async function compileJobs(build) {
  const { native, out, compiler } = build;
  const flags = commonFlags(build);
  const capabilities = buildableCapabilities();
  const job = (/** @type {string} */ source, /** @type {string} */ name, /** @type {readonly string[]} */ extra) => {
    const object = join(out, "objects", `${name}.o`);
    const command = [compiler.program, ...flags, ...extra, "-MMD", "-c", source, "-o", object];
    return { source, object, command };
  };
  const sources = await filesBelow(native, (name) => name.endsWith(".cc"));
  const jobs = sources.filter((path) => dirname(path) === native).map((path) => job(path, basename(path, ".cc"), []));
  const kernels = join(native, "kernels");
  for (const source of sources.filter((path) => dirname(path) === kernels)) {
    const name = basename(source, ".cc");
    for (const capability of capabilities) {
      const define = `-DPNEUMOSCOPE_CAPABILITY=${capability.name}`;
      jobs.push(
        job(source, `kernels-${name}-${capability.name}`, ["-O3", "-fno-trapping-math", define, ...capability.flags]),
      );
    }
  }
  return jobs;
}

/** @param {Build} build */
function commonFlags({ root, native, libtorch, flags: given }) {
  const nodeApi = nodeApiHeaders(root);
  // /usr/include named again would come before the compiler's own headers and break their #include_next.
  const folders = [...libtorch.includes, ...libtorch.nccl, nodeApi].filter((folder) => folder !== "/usr/include");
  const systemIncludes = folders.flatMap((folder) => ["-isystem", folder]);
  const flags = ["-O2", "-DNDEBUG", "-fPIC", "-fvisibility=hidden", `-std=${libtorch.standard}`, "-Wall", "-Wextra"];
  flags.push(...given.compile);
  if (process.platform === "linux") {
    flags.push("-pthread", "-fopenmp", `-D_GLIBCXX_USE_CXX11_ABI=${libtorch.cxx11Abi ? 1 : 0}`);
  }
  // Without the macro, much of libtorch pulls in the declarations of all its 2,000 operators.
  flags.push("-DAT_PER_OPERATOR_HEADERS");
  // libtorch's packages have no headers of gloo's, which its own headers include: native/gloo has the names they need.
  if (libtorch.distributed) flags.push("-DPNEUMOSCOPE_DISTRIBUTED", "-DUSE_C10D_GLOO", `-I${join(native, "gloo")}`);
  if (libtorch.distributed && libtorch.nccl.length > 0) flags.push("-DUSE_C10D_NCCL");
  return [...flags, "-DNODE_GYP_MODULE_NAME=pneumoscope", "-DNAPI_VERSION=9", `-I${native}`, ...systemIncludes];
}

/** @param {{ compiler: Compiler, libtorch: Libtorch, flags: Hardening, jobs: readonly CompileJob[], target: string }} input */
function linkCommand({ compiler, libtorch, flags, jobs, target }) {
  const objects = jobs.map((job) => job.object);
  const libraries = ["-ltorch", "-ltorch_cpu", "-lc10", ...(libtorch.cuda ? ["-ltorch_cuda", "-lc10_cuda"] : [])];
  const folders = new Set([libtorch.lib, ...(libtorch.openmp === undefined ? [] : [dirname(libtorch.openmp)])]);
  const search = [`-L${libtorch.lib}`, ...[...folders].map((folder) => `-Wl,-rpath,${folder}`)];
  if (process.platform === "darwin") {
    return [
      compiler.program,
      "-bundle",
      "-undefined",
      "dynamic_lookup",
      ...objects,
      ...search,
      ...libraries,
      "-o",
      target,
    ];
  }
  // --no-as-needed keeps libtorch_cuda, whose operators register themselves when it is loaded. libtorch's own OpenMP
  // runtime is linked where it brings one: a second one in the process would compete for the cores.
  const openmp = libtorch.openmp === undefined ? ["-fopenmp"] : [libtorch.openmp];
  // -z nodelete: libtorch holds the addon's allocator and operators, so a worker's end must not unload it.
  const keepAll = ["-Wl,-z,nodelete", "-Wl,--no-as-needed", ...libraries, ...openmp];
  return [compiler.program, "-shared", "-pthread", ...flags.link, ...objects, ...search, ...keepAll, "-o", target];
}

/**
 * A hash of everything an object is made of. The compiler has listed the project's files it read (-MMD) beside the
 * object; libtorch's own are known by its version.
 * @param {CompileJob} job
 * @param {string} tools the compiler and libtorch
 */
async function stampOfJob(job, tools) {
  return stampOf({ texts: [tools, ...job.command], files: await filesOfJob(job) });
}

/** @param {CompileJob} job */
async function filesOfJob(job) {
  const rule = await readFile(job.object.replace(/\.o$/, ".d"), "utf8").catch(() => "");
  const included = rule
    .replaceAll("\\\n", " ")
    .split(/(?<!\\)\s+/)
    .map((word) => word.replaceAll("\\ ", " "))
    .filter((word) => /\.(h|cc)$/.test(word) && existsSync(word));
  return [...new Set([job.source, ...included])];
}

/**
 * @param {string} root
 * @param {readonly CompileJob[]} stale
 * @param {string} tools
 */
async function compileAll(root, stale, tools) {
  if (stale.length === 0) return;
  const width = Math.max(1, Math.min(availableParallelism(), stale.length, Math.floor(freeBytes() / bytesPerJob)));
  step("addon", `compiling ${stale.length} objects, ${width} at a time ...`);
  const queue = [...stale];
  const work = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      await mkdir(dirname(job.object), { recursive: true });
      await rm(`${job.object}.stamp`, { force: true });
      const started = Date.now();
      try {
        await runCompiler(job.command, root, `${relative(root, job.source)} could not be compiled.`);
      } catch (thrown) {
        queue.length = 0;
        throw thrown;
      }
      const times = (await filesOfJob(job)).map(async (file) => (await stat(file)).mtimeMs);
      const changedMeanwhile = (await Promise.all(times)).some((time) => time > started);
      if (!changedMeanwhile) await writeStamp(`${job.object}.stamp`, await stampOfJob(job, tools));
    }
  };
  const results = await Promise.allSettled(Array.from({ length: width }, work));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/**
 * @param {readonly string[]} command
 * @param {string} cwd
 * @param {string} what
 */
async function runCompiler(command, cwd, what) {
  const [program, ...args] = /** @type {[string, ...string[]]} */ ([...command]);
  const result = await run(program, args, { cwd });
  if (result.code !== 0) {
    throw new SetupError(what, {
      why: `${program} ended with code ${result.code}:\n${lastLines(result.output, 30)}`,
      fix: "if the compiler was killed, free memory (about 1.2 GB is needed) and run npm run setup again; otherwise report this with the lines above and the output of: npx pneumoscope doctor",
    });
  }
  if (result.output.trim() !== "") step("addon", result.output.trimEnd());
}

/** The memory the compilers may use; Linux's own estimate counts caches it can drop. */
function freeBytes() {
  return process.availableMemory?.() ?? freemem();
}
