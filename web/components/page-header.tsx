// Name, links to the run's report where the server offers one, colours.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PageSettings } from "../../src/page/page-settings.js";
import { applyTheme, savedTheme } from "../session/theme.js";
import { Icon } from "./icons.js";

export interface PageHeaderProps {
  readonly settings: PageSettings;
  /** Reloads the page with a newer version; null while there is none. */
  readonly applyUpdate: (() => void) | null;
}

export function PageHeader({ settings, applyUpdate }: PageHeaderProps): JSX.Element {
  const [theme, setTheme] = useState(savedTheme());
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
          <a href={settings.report}>
            Report<span class="is-long"> of the training</span>
          </a>
        )}
        {settings.comparison !== null && (
          <a href={settings.comparison}>
            Comparison<span class="is-long"> of models</span>
          </a>
        )}
      </nav>
      {applyUpdate !== null && (
        <button type="button" class="button" onClick={applyUpdate}>
          A new version is ready: reload
        </button>
      )}
      <button type="button" class="button is-quiet" onClick={change} aria-label={`Change to ${other} colours`}>
        <Icon name={theme === "dark" ? "sun" : "moon"} />
      </button>
    </header>
  );
}
