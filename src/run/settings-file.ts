// args.json: the settings of a run as its folder keeps them. A folder of an older version opens with what the settings
// that it does not know yet were then; one of a newer version, whose settings mean something unknown, is refused.
import { AppError } from "../core/errors.js";
import { readJson, writeJson } from "../core/json-file.js";
import type { PlainValue, SettingKind } from "./setting-kinds.js";
import { plainSettings, type RunSettings, settingTable } from "./settings.js";

const version = 1;

/** What reading needs of a row of the table. */
interface StoredSetting {
  readonly kind: Pick<SettingKind<unknown>, "rule" | "parse">;
  readonly before?: PlainValue;
}

/** @throws AppError FILE_UNWRITABLE */
export async function writeSettings(path: string, settings: RunSettings): Promise<void> {
  await writeJson(path, { version, ...plainSettings(settings) });
}

/** @throws AppError FILE_MISSING, FILE_UNREADABLE, RUN_FILE_INVALID naming the field */
export function readSettings(path: string): Promise<RunSettings> {
  return readJson(path, (value) => parseSettings(value) as unknown as RunSettings);
}

/**
 * For `readJson`, which names the file.
 * @throws AppError RUN_FILE_INVALID naming the field
 */
export function parseSettings(
  value: unknown,
  table: Readonly<Record<string, StoredSetting>> = settingTable,
): Readonly<Record<string, unknown>> {
  const { version: written, ...fields } = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (written !== version)
    throw invalid("version", `${version} (another number was written by another Pneumoscope)`, written);
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(table, name));
  if (unknown !== undefined) {
    const rule = "is no setting that this version knows: a newer Pneumoscope wrote the file";
    throw new AppError("RUN_FILE_INVALID", { place: `"${unknown}"`, rule, remedy: "Update Pneumoscope" });
  }
  return Object.fromEntries(
    Object.entries(table).map(([name, { kind, before }]) => {
      const given = fields[name] === undefined ? before : fields[name];
      const parsed = kind.parse(given);
      if (parsed === undefined) throw invalid(name, kind.rule, given);
      return [name, parsed];
    }),
  );
}

function invalid(name: string, rule: string, given: unknown): AppError {
  const received = given === undefined ? "nothing" : shown(given);
  return new AppError("RUN_FILE_INVALID", { place: `"${name}"`, rule: `should be ${rule}`, received });
}

/** Any JSON, shortened; what is nested deeper than it can be written is named only. */
function shown(given: unknown): string {
  try {
    const text = JSON.stringify(given);
    return text.length > 200 ? `${text.slice(0, 200)}…` : text;
  } catch {
    return "lists in lists, too deep to be shown";
  }
}
