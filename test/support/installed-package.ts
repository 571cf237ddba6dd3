// The package as npm would install it, in a project of its own outside the checkout: the packed tarball, and the dependencies
// that users get as hard links to the checkout's. `npm install` itself would copy 400 MB for each run of the tests;
// bench/install-runtimes.ts does that.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "./paths.js";

export interface InstalledPackage {
  /** The project's folder. */
  readonly project: string;
  readonly tarball: string;
  /** Paths inside the package. */
  readonly files: readonly string[];
}

interface LockEntry {
  readonly dev?: boolean;
  readonly peer?: boolean;
}

/** @param folder new and empty, outside the checkout, whose node_modules would otherwise be found from it */
export function installPackage(folder: string): InstalledPackage {
  const tarball = packInto(folder);
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "name": "consumer", "private": true, "type": "module" }');
  const { packages } = JSON.parse(readFileSync(join(projectRoot, "package-lock.json"), "utf8"));
  for (const [path, { dev, peer }] of Object.entries<LockEntry>(packages)) {
    const ofUsers = path !== "" && dev !== true && peer !== true;
    if (ofUsers || path === "node_modules/@types/node" || path === "node_modules/undici-types")
      linkPackage(path, project);
  }
  const installed = join(project, "node_modules", "pneumoscope");
  mkdirSync(installed);
  execFileSync("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  const bin = join(project, "node_modules", ".bin");
  mkdirSync(bin);
  symlinkSync(join("..", "pneumoscope", "bin", "pneumoscope.js"), join(bin, "pneumoscope"));
  const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
  return { project, tarball, files: files.map((file) => file.replace(/^package\//, "")) };
}

/** What set-up has built is packed as it is: `npm test` begins with it. */
function packInto(folder: string): string {
  const options = ["--ignore-scripts", "--loglevel", "error", "--pack-destination", folder];
  execFileSync("npm", ["pack", ...options], { cwd: projectRoot, shell: process.platform === "win32" });
  const [name] = readdirSync(folder).filter((file) => file.endsWith(".tgz"));
  return join(folder, name as string);
}

/** Without packages inside it, which have entries of their own; nothing where it is for another platform. */
function linkPackage(path: string, project: string): void {
  const from = join(projectRoot, path);
  if (!existsSync(from)) return;
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    const source = join(entry.parentPath, entry.name);
    const inside = source.slice(from.length + 1);
    if (!entry.isFile() || inside.startsWith("node_modules")) continue;
    const target = join(project, path, inside);
    mkdirSync(dirname(target), { recursive: true });
    linkOrCopy(source, target);
  }
}

/** Two file systems share no links. */
function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}
