// The settings of a training as options of a command: names, ranges, usual values and help come from the product's table.
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  AppError,
  type PlainSettings,
  type PlainValue,
  parseSetting,
  type SettingName,
  settingGroups,
  settingNames,
  settingTable,
} from "../index.js";

/** What was given on the command line, in the form that the API takes. */
export type GivenSettings = Partial<PlainSettings>;

/** Adds an option for every setting but those left out, in the table's order, group by group. */
export function addSettingOptions(command: Command, leftOut: readonly SettingName[] = []): Command {
  const names = settingNames.filter((name) => !leftOut.includes(name));
  for (const group of settingGroups) {
    const inGroup = names.filter((name) => settingTable[name].group === group);
    if (inGroup.length > 0) command.optionsGroup(`${group}:`);
    for (const name of inGroup) command.addOption(settingOption(name));
  }
  return command;
}

/** The settings among a command's options that the user gave; all else is the product's to choose. */
export function givenSettings(options: Readonly<Record<string, unknown>>): GivenSettings {
  const given = settingNames.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]] as const]));
  return Object.fromEntries(given);
}

/** "fineTuneLr" -> "--fine-tune-lr" */
export const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** "as trainFrom" -> "as --train-from"; one-word names stay, which are words of English too. */
export const inFlags = (text: string): string =>
  text.replaceAll(/\b[a-z]+[A-Z]\w*\b/g, (word) => (isSetting(word) ? flagOf(word) : word));

export const isSetting = (name: string): boolean => settingNames.some((setting) => setting === name);

/** One of the table, also for commands that train nothing. */
export function settingOption(name: SettingName): Option {
  const { argument, help, usual } = settingTable[name];
  const usually = "isRequired" in usual ? "required" : `default: ${"value" in usual ? usual.value : usual.words}`;
  const more = name === "model" ? '; "pneumoscope models" lists them' : "";
  return new Option(`${flagOf(name)} ${argument}`, `${inFlags(help)}${more} (${usually})`).argParser(
    (text: string, before: unknown) => collected(before, checked(name, text)),
  );
}

/** In plain form: the product parses it once more with all others; here, the message names the option. */
function checked(name: SettingName, text: string): PlainValue {
  const given = settingTable[name].kind.fromText(text);
  try {
    parseSetting(name, given);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const { rule, received, remedy } = thrown;
    const message = `${rule.charAt(0).toUpperCase()}${rule.slice(1)}. Received ${received}`;
    throw new InvalidArgumentError(remedy === undefined ? message : `${message}. ${remedy}`);
  }
  return given as PlainValue;
}

/** An option that takes a list may be repeated. */
const collected = (before: unknown, value: PlainValue): PlainValue =>
  typeof value === "object" && Array.isArray(before) ? [...before, ...value] : value;
