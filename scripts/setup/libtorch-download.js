// The official libtorch for the platform: PyTorch's CPU wheel, a zip whose torch/lib and torch/include are libtorch.
// The wheels are pinned by sha256 and checked before they are unpacked. Kept outside the checkout, shared by all.
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { downloadVerified } from "./download.js";
import { formatSeconds, step } from "./report.js";
import { unpackZip } from "./unpack-zip.js";

const version = "2.9.1";

/**
 * By `${process.platform}-${process.arch}`. PyPI's x86_64 wheel brings CUDA (900 MB), so that one comes from PyTorch's
 * own index of CPU wheels.
 * @type {Readonly<Record<string, { url: string, sha256: string }>>}
 */
const wheels = {
  "linux-x64": {
    url: `https://download.pytorch.org/whl/cpu/torch-${version}%2Bcpu-cp312-cp312-manylinux_2_28_x86_64.whl`,
    sha256: "7417d8c565f219d3455654cb431c6d892a3eb40246055e14d645422de13b9ea1",
  },
  "linux-arm64": {
    url: `https://files.pythonhosted.org/packages/0f/27/07c645c7673e73e53ded71705045d6cb5bae94c4b021b03aa8d03eee90ab/torch-${version}-cp312-cp312-manylinux_2_28_aarch64.whl`,
    sha256: "da5f6f4d7f4940a173e5572791af238cb0b9e21b1aab592bd8b26da4c99f1cd6",
  },
  "darwin-arm64": {
    url: `https://files.pythonhosted.org/packages/6e/ab/07739fd776618e5882661d04c43f5b5586323e2f6a2d7d84aac20d8f20bd/torch-${version}-cp312-none-macosx_11_0_arm64.whl`,
    sha256: "c0d25d1d8e531b8343bea0ed811d5d528958f1dcbd37e7245bc686273177ad7e",
  },
};

/** The wheel for this machine, or undefined when there is none. */
export function wheelForThisMachine() {
  return wheels[`${process.platform}-${process.arch}`];
}

/** Where downloads are kept: `PNEUMOSCOPE_CACHE`, else the user's cache folder. */
export function cacheFolder() {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return process.env.PNEUMOSCOPE_CACHE || join(base, "pneumoscope");
}

/** The folder of the downloaded libtorch, whether or not it is there yet. */
export function downloadedRoot() {
  return join(cacheFolder(), `libtorch-${version}`, "torch");
}

/**
 * Downloads (going on where an earlier try stopped), verifies and unpacks libtorch.
 * @param {{ url: string, sha256: string }} [wheel]
 * @returns {Promise<string>} the folder with lib/ and include/
 */
export async function downloadLibtorch(wheel = wheelForThisMachine()) {
  if (wheel === undefined) throw new RangeError(`no wheel for ${process.platform} ${process.arch}`);
  const cache = cacheFolder();
  const file = join(cache, decodeURIComponent(wheel.url.split("/").at(-1) ?? "libtorch.whl"));
  await mkdir(cache, { recursive: true });
  step("libtorch", `downloading ${wheel.url}`);
  await downloadVerified(wheel, file, {
    purpose: "libtorch, the engine that trains the models",
    otherwise: [
      "without this download: pip install torch; or set PNEUMOSCOPE_LIBTORCH to a libtorch folder copied from elsewhere",
      ...(existsSync("/usr/bin/apt-get") ? ["; or: sudo apt-get install -y libtorch-dev libopenblas0-pthread"] : []),
    ].join(""),
    onProgress: (text) => step("libtorch", text),
  });
  const started = Date.now();
  const root = downloadedRoot();
  const folder = join(root, "..");
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await unpackZip(file, partial, isWanted);
  if (existsSync(folder)) await rm(folder, { recursive: true });
  await rename(partial, folder);
  await rm(file);
  step("libtorch", `unpacked in ${formatSeconds(Date.now() - started)}`);
  return root;
}

/**
 * Headers and libraries, without the Python binding. Some wheels keep the libraries of others in torch.libs.
 * @param {string} name
 */
function isWanted(name) {
  if (/\/lib(torch_python|shm)\b/.test(name)) return false;
  return /^(torch\/(lib|include)\/|torch\.libs\/|torch\/version\.py$)/.test(name);
}
