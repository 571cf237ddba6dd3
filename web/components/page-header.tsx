// Name, links to the run's report where the server offers one, colours.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PageSettings } from "../../src/page/page-settings.js";
import type { ServerAccess } from "../session/server-access.js";
import { applyTheme, savedTheme } from "../session/theme.js";
import { Icon } from "./icons.js";
import { ReportLink } from "./report-link.js";

export interface PageHeaderProps {
  readonly settings: PageSettings;
  readonly access: ServerAccess;
  /** Reloads the page with a newer version; null while there is none. */
  readonly applyUpdate: (() => void) | null;
}

export function PageHeader({ settings, access, applyUpdate }: PageHeaderProps): JSX.Element {
  const [theme, setTheme] = useState(savedTheme());
  const { authorization } = access;
  const other = theme === "dark" ? "light" : "dark";
  const change = () => {
    applyTheme(other);
    setTheme(other);
  };
  return (
    <header class="page-header">
      <p class="brand">
        <img src="./icon.svg" alt="" width="28" height="28" />
        <span>Pneumoscope</span>
      </p>
      <nav class="page-links" aria-label="Reports">
        {settings.report !== null && (
          <ReportLink address={settings.report} authorization={authorization}>
            Report<span class="is-long"> of the training</span>
          </ReportLink>
        )}
        {settings.comparison !== null && (
          <ReportLink address={settings.comparison} authorization={authorization}>
            Comparison<span class="is-long"> of models</span>
          </ReportLink>
        )}
      </nav>
      {applyUpdate !== null && (
        <button type="button" class="button" onClick={applyUpdate}>
          A new version is ready: reload
        </button>
      )}
      {authorization !== null && (
        <button type="button" class="button is-quiet" onClick={() => access.forget()}>
          Forget the token
        </button>
      )}
      <button type="button" class="button is-quiet" onClick={change} aria-label={`Change to ${other} colours`}>
        <Icon name={theme === "dark" ? "sun" : "moon"} />
      </button>
    </header>
  );
}
