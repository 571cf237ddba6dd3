// A run's settings for those who read of it: those that say something of it, and the command line that repeats it.
import { hasBackbone } from "./backbone/backbone-entry.js";
import { isIdleOfBackbone } from "./resolve-settings.js";
import type { PlainValue } from "./setting-kinds.js";
import { type PlainSettings, plainSettings, type RunSettings, type SettingName, settingNames } from "./settings.js";
import { settingsWithoutPaths } from "./without-paths.js";

/**
 * Ready for a POSIX shell in a folder that holds its dataset and weights: it is published, and says nothing of where they
 * lay.
 */
export function trainingCommand(settings: RunSettings): string {
  const plain = plainSettings(settingsWithoutPaths(settings));
  const words = settingNames
    .filter((name) => !isIdle(settings, name))
    .flatMap((name) => {
      const value: PlainValue = plain[name];
      return (typeof value === "object" ? value : [value]).map((item) => `${flagOf(name)} ${quoted(String(item))}`);
    });
  return ["pneumoscope train", ...words].join(" ");
}

/** The settings that say something of this run, as reports show them. */
export function tellingSettings(settings: RunSettings): Partial<PlainSettings> {
  const plain = plainSettings(settingsWithoutPaths(settings));
  const isOfAnother = (name: SettingName) => (hasBackbone(settings) ? isIdleOfBackbone(name) : isOfBackbone(name));
  return Object.fromEntries(Object.entries(plain).filter(([name]) => !isOfAnother(name as SettingName)));
}

function isIdle(settings: RunSettings, name: SettingName): boolean {
  if (hasBackbone(settings)) return isIdleOfBackbone(name);
  if (name === "alpha") return settings.alpha === 1;
  if (name === "unsure") return settings.unsure === null;
  return isOfBackbone(name) || (settings.fineTune === 0 && (name === "fineTuneLr" || name === "fineTuneFrom"));
}

const isOfBackbone = (name: SettingName): boolean => name === "backbone" || name === "features" || name === "pixels";

/** "fineTuneLr" -> "--fine-tune-lr" */
export const flagOf = (name: SettingName): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function quoted(word: string): string {
  return /^[\w./:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
