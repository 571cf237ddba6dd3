// Where each command may write, as docs/privacy.md says it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../support/paths.js";

export interface Folders {
  readonly work: string;
  readonly home: string;
  readonly temporary: string;
}

const document = readFileSync(join(projectRoot, "docs", "privacy.md"), "utf8");
/** Place and commands; without the row of what the user names. */
const rows = [...document.matchAll(/^\| `([^`]+)` \|[^|]*\|([^|]*)\|$/gm)].map(([, place = "", commands = ""]) => ({
  place,
  commands: [...commands.matchAll(/`([\w ]+)`/g)].map(([, name]) => name),
}));

export const documentedPlaces: readonly string[] = rows.map(({ place }) => place);

/**
 * Those of `paths` that the document names neither for the command nor among what its user named. A file being written has
 * more behind its name.
 * @param named paths relative to the working folder
 */
export function undocumented(
  paths: readonly string[],
  command: string,
  named: readonly string[],
  folders: Folders,
): readonly string[] {
  const places = [...named, ...rows.filter(({ commands }) => commands.includes(command)).map(({ place }) => place)].map(
    (place) => absolute(place, folders),
  );
  // Making a place makes the folders above it, but none above those that were there.
  const isAbove = (path: string) =>
    Object.values(folders).some((folder) => path.startsWith(`${folder}/`)) &&
    places.some((place) => place.startsWith(`${path}/`));
  const isIn = (path: string) =>
    places.some((place) =>
      place.endsWith("*")
        ? path.startsWith(place.slice(0, -1))
        : path === place || path.startsWith(`${place}/`) || path.startsWith(`${place}.`),
    );
  return paths.filter((path) => path !== "/dev/null" && !isAbove(path) && !isIn(path));
}

function absolute(place: string, { work, home, temporary }: Folders): string {
  const path = place
    .replace(/\/$/, "")
    .replace(/^~\//, `${home}/`)
    .replace(/^\$TMPDIR\//, `${temporary}/`);
  return path.startsWith("/") ? path : join(work, path);
}
