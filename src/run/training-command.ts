// The command line that repeats a training, for reports and comparisons.
import type { PlainValue } from "./setting-kinds.js";
import { plainSettings, type RunSettings, type SettingName, settingNames } from "./settings.js";
import { settingsWithoutPaths } from "./without-paths.js";

/**
 * Ready for a POSIX shell in a folder that holds its dataset and weights: it is published, and says nothing of where they
 * lay.
 */
export function trainingCommand(settings: RunSettings): string {
  const plain = plainSettings(settingsWithoutPaths(settings));
  const isIdle = (name: SettingName): boolean =>
    (name === "alpha" && settings.alpha === 1) ||
    (settings.fineTune === 0 && (name === "fineTuneLr" || name === "fineTuneFrom"));
  const words = settingNames
    .filter((name) => !isIdle(name))
    .flatMap((name) => {
      const value: PlainValue = plain[name];
      return (typeof value === "object" ? value : [value]).map((item) => `${flagOf(name)} ${quoted(String(item))}`);
    });
  return ["pneumoscope train", ...words].join(" ");
}

/** "fineTuneLr" -> "--fine-tune-lr" */
export const flagOf = (name: SettingName): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function quoted(word: string): string {
  return /^[\w./:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
