// The training engine: what set-up built, whether it loads, and how fast its matrix product is.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../core/errors.js";
import { addonFile, addonFolder } from "../tensor/addon-folder.js";
import { inArena } from "../tensor/arena.js";
import { engineInfo } from "../tensor/engine.js";
import type { NativeInfo } from "../tensor/native.js";
import * as ops from "../tensor/operators.js";

/** What scripts/setup wrote beside the addon. */
export interface BuildInfo {
  readonly compiler: { readonly version: string };
  readonly libtorch: { readonly source: string; readonly root: string; readonly version: string; readonly lib: string };
}

export type EngineState =
  | { readonly state: "not built" }
  | { readonly state: "broken"; readonly reason: string; readonly build: BuildInfo | undefined }
  | {
      readonly state: "ready";
      readonly build: BuildInfo | undefined;
      readonly info: NativeInfo;
      /** Name of the linear-algebra library in use, such as "OpenBLAS". */
      readonly blas: string;
      /** Speed of a float32 matrix product in 10^9 floating-point operations per second. */
      readonly gflops: number;
    };

/** @param folder where set-up builds the addon */
export async function examineEngine(folder = addonFolder()): Promise<EngineState> {
  if (!existsSync(addonFile(folder))) return { state: "not built" };
  const build = await readBuildInfo(folder);
  try {
    const info = engineInfo();
    const gflops = measureMatrixProduct();
    return { state: "ready", build, info, blas: nameBlas(await loadedLibraries(), info.config), gflops };
  } catch (thrown) {
    return { state: "broken", reason: messageOf(thrown), build };
  }
}

/** The best of three products of two n x n matrices, each 2 n^3 operations. The reference BLAS needs 0.2 s for one. */
function measureMatrixProduct(): number {
  const n = 512;
  return inArena(() => {
    const a = ops.rand([n, n]);
    ops.mm(a, a); // the first call starts the threads
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 3; i++) {
      const started = performance.now();
      ops.mm(a, a);
      best = Math.min(best, performance.now() - started);
    }
    return (2 * n ** 3) / (best * 1e6);
  });
}

/** Names the BLAS from the libraries this process has loaded, else from libtorch's description of its build. */
export function nameBlas(libraries: string, config: string): string {
  if (/libmkl_|libmkl\./.test(libraries)) return "Intel MKL";
  if (/openblas/.test(libraries)) return "OpenBLAS";
  if (/blis/.test(libraries)) return "BLIS";
  if (/Accelerate/.test(config)) return "Apple Accelerate";
  const built = /BLAS_INFO=(\w+)/.exec(config)?.[1];
  if (built === "mkl") return "Intel MKL";
  if (/libblas\.so/.test(libraries)) return "reference BLAS";
  if (/oneAPI Math Kernel|Intel\(R\) MKL/.test(config)) return "Intel MKL";
  return built ?? "unknown";
}

async function loadedLibraries(): Promise<string> {
  return readFile("/proc/self/maps", "utf8").catch(() => "");
}

export async function readBuildInfo(folder: string): Promise<BuildInfo | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, "build-info.json"), "utf8")) as BuildInfo;
  } catch {
    return undefined;
  }
}
