// Settings that hold for one model of a comparison only: `--epochs 12 --epochs mobilenet=5`.
import { type Command, InvalidArgumentError, type Option } from "commander";
import { AppError, models, type SettingName, settingTable } from "../../index.js";
import { modelsNamed } from "../named-models.js";
import { flagOf, type GivenSettings } from "../setting-options.js";

type Settings = Readonly<Record<string, unknown>>;

export class SettingsPerModel {
  readonly #settings = new Map<string, Settings>();
  /** Given for some models only, without a value for the others. */
  readonly #absent = new Set<string>();

  /** Lets the command's setting options, added before, take `model=value` as well where one model may have its own. */
  constructor(command: Command) {
    for (const option of command.options) {
      const name = option.attributeName();
      if (Object.hasOwn(settingTable, name) && settingTable[name as SettingName].perModel) this.#widen(option);
    }
  }

  /** The command's options that hold for all models. */
  forAll(options: Settings): Settings {
    return Object.fromEntries(Object.entries(options).filter(([name]) => !this.#absent.has(name)));
  }

  /** What was given for this model alone. */
  of(model: string): GivenSettings {
    return (this.#settings.get(model) ?? {}) as GivenSettings;
  }

  /** @throws AppError OPTION_INVALID where a model that is not compared was given settings */
  requireOnly(compared: readonly string[]): void {
    const others = [...this.#settings].filter(([model]) => !compared.includes(model));
    if (others.length === 0) return;
    const given = new Set(others.flatMap(([, settings]) => Object.keys(settings).map(flagOf)));
    throw new AppError("OPTION_INVALID", {
      place: [...given].join(", "),
      rule: `settings for one model are for one of --models ${compared.join(",")}`,
      received: `some for ${others.map(([model]) => model).join(", ")}`,
      remedy: "Add it to --models, or omit them",
    });
  }

  #widen(option: Option): void {
    const name = option.attributeName();
    const parse = option.parseArg ?? ((text: string) => text);
    // What is returned is the value for all models, which a setting for one leaves as it was; where there is none yet,
    // commander takes undefined for an empty text.
    option.argParser((text, before: unknown) => {
      const forAll = this.#absent.has(name) ? undefined : before;
      const [model, value] = forOneModel(text);
      if (model === undefined) {
        this.#absent.delete(name);
        return parse(text, forAll);
      }
      if (value === "") throw new InvalidArgumentError(`After "${text}" the value is missing.`);
      const own = this.#settings.get(model) ?? {};
      this.#settings.set(model, { ...own, [name]: parse(value, own[name]) });
      if (forAll === undefined) this.#absent.add(name);
      return forAll;
    });
  }
}

/**
 * The models of "custom,mobilenet", each once, in the order given; a group by its name.
 * @throws AppError MODEL_UNKNOWN, OPTION_INVALID for an empty list
 */
export function modelNames(text: string): readonly string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) {
    throw new AppError("OPTION_INVALID", {
      place: "--models",
      rule: 'names with commas between them, such as custom,mobilenet, or "study" or "all"',
      received: JSON.stringify(text),
      remedy: '"pneumoscope models" lists them',
    });
  }
  return [...new Set(names.flatMap((name) => modelsNamed(name).map(({ id }) => id)))];
}

/** "mobilenet=5" in two; a text that begins with no model's name is for all: "last=5", or a file with "=" in its name. */
function forOneModel(text: string): readonly [model: string | undefined, value: string] {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0)).trim().toLowerCase();
  return [models.find(({ id, aliases }) => id === name || aliases.includes(name))?.id, text.slice(at + 1)];
}
