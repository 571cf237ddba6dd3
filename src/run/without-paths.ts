// What is made to be published names files and folders, never where they lie: a path may tell of a user, a clinic or a
// patient. args.json alone keeps the paths, for `--resume` needs them.
import { homedir } from "node:os";
import { basename, isAbsolute } from "node:path";
import type { RunSettings } from "./settings.js";

/** With the names of the dataset's folder and of a weights or backbone's file. */
export function settingsWithoutPaths(settings: RunSettings): RunSettings {
  const { data, weights, backbone } = settings;
  return { ...settings, data: nameOf(data), weights: nameOf(weights), backbone: nameOf(backbone) };
}

/** The text of an error, with the last names of these places and "~" for the user's home; other paths stay. */
export function textWithoutPaths(text: string, places: readonly string[]): string {
  const known = new Map(places.filter(isAbsolute).map((place) => [place, nameOf(place)]));
  const home = homedir();
  if (!known.has(home)) known.set(home, "~");
  const longestFirst = [...known].filter(([place]) => place.length > 1).sort(([a], [b]) => b.length - a.length);
  return longestFirst.reduce((shown, [place, name]) => shown.replaceAll(place, name), text);
}

/** "none" and "pretrained" stand for weights too. */
const nameOf = (place: string): string => (isAbsolute(place) ? basename(place) : place);
