// Training options that hold for one model of a comparison only: `--epochs 12 --epochs mobilenet=5`.
import { type Command, InvalidArgumentError, type Option } from "commander";
import { AppError } from "../../core/errors.js";
import { zoo } from "../../model/zoo/registry.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import type { TrainingOptions } from "../run/training-options.js";

/** What one model's recipe consists of. All else, such as protocol and augmentation, is the comparison's own. */
const ofOneModel: ReadonlySet<string> = new Set<keyof TrainingOptions>([
  "epochs",
  "batch",
  "lr",
  "weights",
  "fresh",
  "trainFrom",
  "alpha",
  "fineTune",
  "fineTuneLr",
  "fineTuneFrom",
]);

type Settings = Readonly<Record<string, unknown>>;

export class SettingsPerModel {
  readonly #settings = new Map<ZooEntry, Settings>();
  /** The long names of options with a setting for one model, by attribute. */
  readonly #flags = new Map<string, string>();
  /** Given for some models only, without a default for the others. */
  readonly #absent = new Set<string>();

  /** Lets the command's training options, added before, take `model=value` as well. */
  constructor(command: Command) {
    for (const option of command.options) if (ofOneModel.has(option.attributeName())) this.#widen(option);
  }

  /** The command's options for this model: what was given for it goes before what was given for all. */
  of<Options extends TrainingOptions>(entry: ZooEntry, options: Options): Options {
    const forAll = Object.entries(options).filter(([name]) => !this.#absent.has(name));
    return { ...(Object.fromEntries(forAll) as unknown as Options), ...this.#settings.get(entry) };
  }

  /** @throws AppError OPTION_INVALID where a model that is not compared was given settings */
  requireOnly(models: readonly ZooEntry[]): void {
    const others = [...this.#settings].filter(([entry]) => !models.includes(entry));
    if (others.length === 0) return;
    const given = new Set(others.flatMap(([, settings]) => Object.keys(settings).map((name) => this.#flags.get(name))));
    throw new AppError(
      "OPTION_INVALID",
      `${[...given].join(", ")}: settings for one model are for one of --models ${models.map(({ id }) => id).join(",")}. Received some for ${others.map(([{ id }]) => id).join(", ")}. Add it to --models, or leave them out.`,
    );
  }

  #widen(option: Option): void {
    const name = option.attributeName();
    const parse = option.parseArg ?? ((text: string) => text);
    // What is returned is the value for all models, which a setting for one leaves as it was; where there is none yet,
    // commander takes undefined for an empty text.
    option.argParser((text, before: unknown) => {
      const forAll = this.#absent.has(name) ? undefined : before;
      const [entry, value] = forOneModel(text);
      if (entry === undefined) {
        this.#absent.delete(name);
        return parse(text, forAll);
      }
      if (value === "") throw new InvalidArgumentError(`After "${text}" the value is missing.`);
      const own = this.#settings.get(entry) ?? {};
      this.#settings.set(entry, { ...own, [name]: parse(value, own[name]) });
      this.#flags.set(name, option.long ?? name);
      if (forAll === undefined) this.#absent.add(name);
      return forAll;
    });
  }
}

/** "mobilenet=5" in two; a text that begins with no model's name is for all: "last=5", or a file with "=" in its name. */
function forOneModel(text: string): readonly [entry: ZooEntry | undefined, value: string] {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0)).trim().toLowerCase();
  return [zoo.find(({ id, aliases }) => id === name || aliases.includes(name)), text.slice(at + 1)];
}
