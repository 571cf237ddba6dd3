// Which files there are in a folder of the project.
import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { projectRoot } from "./paths.js";

/** Paths inside the project with forward slashes, in order of name. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}
