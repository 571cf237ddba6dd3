// Packs what bench/gpu.sh needs on a machine without a network, Node.js included, into one archive:
//
//   node dist/bench/gpu/pack.js gpu.tar.xz
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { packageRoot } from "../../src/core/package.js";

const [given = "gpu.tar.xz"] = process.argv.slice(2);
const target = resolve(given);
const root = packageRoot();
const folder = await mkdtemp(join(tmpdir(), "pneumoscope-gpu-"));
const packed = join(folder, "pneumoscope-gpu");
try {
  for (const part of ["package.json", "native", "scripts", "dist", "bench", "test/golden", "src/tensor/operators.ts"]) {
    await cp(join(root, part), join(packed, part), { recursive: true, filter: isNeeded });
  }
  await mkdir(join(packed, "bin"));
  await cp(process.execPath, join(packed, "bin", "node"));
  for (const name of await withDependencies([
    "node-api-headers",
    "csv-parse",
    "csv-stringify",
    "h5wasm",
    "fflate",
    "fastest-levenshtein",
    "protobufjs",
    "yauzl",
  ])) {
    await cp(join(root, "node_modules", name), join(packed, "node_modules", name), { recursive: true });
  }
  execFileSync("tar", ["-C", folder, "-cJf", target, "pneumoscope-gpu"], { env: { ...process.env, XZ_OPT: "-T0 -6" } });
  console.log(`${target}: ${((await stat(target)).size / 1e6).toFixed(1)} MB`);
} finally {
  await rm(folder, { recursive: true });
}

function isNeeded(path: string): boolean {
  const inside = relative(root, path);
  return !/^(dist\/web|bench\/results|scripts\/reference\/(node_modules|out))|\.tsbuildinfo$|\.(d\.ts|map)$/.test(
    inside,
  );
}

/** Those packages and all that they need. */
async function withDependencies(names: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const manifest = JSON.parse(await readFile(join(root, "node_modules", name, "package.json"), "utf8")) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    queue.push(...Object.keys(manifest.dependencies ?? {}));
  }
  return found;
}
