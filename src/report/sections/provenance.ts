// How to get the same numbers again: the command, every setting, and what it ran on.
import { html, type Markup } from "../html.js";
import type { ReportInput, SettingValue } from "../report-input.js";
import { type Section, table } from "./parts.js";

export function provenanceSection({ run, settings, environment }: ReportInput): Section {
  const body = html`${run.command === undefined ? null : html`<p>Command:</p><pre tabindex="0">${run.command}</pre>`}
<h3>Settings</h3>
${pairs("Every setting of the run, given or by default.", "Setting", settings)}
<h3>Environment</h3>
${pairs("What the run was computed with.", "Part", environment)}`;
  return { id: "settings", short: "Settings, environment", title: "Settings and environment", body };
}

function pairs(caption: string, head: string, values: Readonly<Record<string, SettingValue>>): Markup {
  return table({
    caption,
    columns: [{ title: head }, { title: "Value" }],
    rows: Object.entries(values).map(([name, value]) => ({
      cells: [name, html`<span class="long">${settingText(value)}</span>`],
    })),
  });
}

function settingText(value: SettingValue): string {
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") : String(value);
}
