// Dark (the default: radiographs are read in the dark) or light; remembered in this browser.

export type Theme = "dark" | "light";

const key = "pneumoscope-theme";

export function savedTheme(): Theme {
  try {
    return localStorage.getItem(key) === "light" ? "light" : "dark";
  } catch {
    return "dark"; // storage is switched off
  }
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Not remembered, then.
  }
}
