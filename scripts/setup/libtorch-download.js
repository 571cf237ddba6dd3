// The official libtorch for the platform: PyTorch's CPU wheel, a zip whose torch/lib and torch/include are libtorch.
// The wheels are pinned by sha256 and checked before they are unpacked. Kept outside the checkout, shared by all.
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { downloadVerified } from "./download.js";
import { formatSeconds, step } from "./report.js";
import { unpackZip } from "./unpack-zip.js";

const version = "2.8.0";

/** @type {Readonly<Record<string, { url: string, sha256: string }>>} by `${process.platform}-${process.arch}` */
const wheels = {
  "linux-x64": {
    url: `https://download.pytorch.org/whl/cpu/torch-${version}%2Bcpu-cp312-cp312-manylinux_2_28_x86_64.whl`,
    sha256: "cb9a8ba8137ab24e36bf1742cb79a1294bd374db570f09fc15a5e1318160db4e",
  },
  "linux-arm64": {
    url: `https://download.pytorch.org/whl/cpu/torch-${version}%2Bcpu-cp312-cp312-manylinux_2_28_aarch64.whl`,
    sha256: "610f600c102386e581327d5efc18c0d6edecb9820b4140d26163354a99cd800d",
  },
  "darwin-arm64": {
    url: `https://download.pytorch.org/whl/cpu/torch-${version}-cp312-none-macosx_11_0_arm64.whl`,
    sha256: "a47b7986bee3f61ad217d8a8ce24605809ab425baf349f97de758815edd2ef54",
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
    otherwise:
      "without this download: pip install torch, or set PNEUMOSCOPE_LIBTORCH to a libtorch folder copied from elsewhere",
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
