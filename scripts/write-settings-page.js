// docs/settings.md from the settings table of the built product. With --check nothing is written: code 1 says that it is behind.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "./setup/run-setup.js";

/**
 * @typedef {{
 *   kind: { rule: string }, help: string, group: string, perModel: boolean, since: string,
 *   usual: { value: unknown } | { words: string } | { isRequired: true },
 * }} Setting
 */

const file = join(projectRoot, "docs", "settings.md");
const product = await import(pathToFileURL(join(projectRoot, "dist", "src", "index.js")).href);
const page = settingsPage(product.settingTable, product.settingGroups);
if (!process.argv.includes("--check")) writeFileSync(file, page);
else if (readFileSync(file, "utf8") !== page) {
  console.error("docs/settings.md is behind the settings table. Run: node scripts/write-settings-page.js");
  process.exitCode = 1;
}

/**
 * @param {Record<string, Setting>} table
 * @param {readonly string[]} groups
 */
function settingsPage(table, groups) {
  const sections = groups.map((group) => {
    const rows = Object.entries(table).filter(([, setting]) => setting.group === group);
    return [`## ${group}`, "", "| setting | what | value | default |", "|---|---|---|---|", ...rows.map(row), ""];
  });
  return `${[
    "# The settings of a training",
    "",
    "<!-- Made by scripts/write-settings-page.js from src/run/settings.ts: change them there. -->",
    "",
    "Each is an option of `train` and `compare`, and a field of what `train()` and `trainAndCompare()` take. Every run keeps all of them in its",
    "`args.json`; `train --resume` goes on with those. A folder of an older version counts as having the defaults of settings that came later.",
    "",
    'Settings marked ° may be given to one model of a comparison alone: `--epochs mobilenet=5`, or `{ model: "mobilenet", epochs: 5 }`.',
    "",
    ...sections.flat(),
  ].join("\n")}`;
}

/** @param {[string, Setting]} entry */
function row([name, { kind, help, usual, perModel, since }]) {
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const named = flag === `--${name}` ? `\`${flag}\`` : `\`${flag}\`, \`${name}\``;
  const usually = "isRequired" in usual ? "required" : "value" in usual ? `\`${usual.value}\`` : usual.words;
  const age = since === "0.1.0" ? "" : ` (since ${since})`;
  return `| ${named}${perModel ? " °" : ""} | ${help}${age} | ${kind.rule} | ${usually} |`;
}
