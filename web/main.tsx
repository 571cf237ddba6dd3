// Starts the page: settings, service worker, model, then the components.
import { render } from "preact";
import type { EngineChoice } from "../src/browser.js";
import { defaultPageSettings, type PageSettings, parsePageSettings } from "../src/page/page-settings.js";
import { App } from "./components/app.js";
import { keepOffline } from "./session/offline.js";
import { PageSession } from "./session/page-session.js";
import { applyTheme, savedTheme } from "./session/theme.js";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/viewer.css";
import "./styles/result.css";
import "./styles/table.css";

/** Longest wait for the service worker, so that the model is kept as it arrives. */
const offlineWaitMs = 2000;

applyTheme(savedTheme());
const session = new PageSession(engineChoice());
const settings = readSettings();
const offline = new Promise<() => void>((resolve) => {
  void keepOffline(offlineWaitMs, resolve).then(async () => {
    const { model } = await settings;
    await session.openModel({ kind: "address", url: new URL(model, document.baseURI).href });
  });
});

const root = document.querySelector("#page") as HTMLElement;
root.replaceChildren();
render(<App session={session} settings={settings} update={offline} />, root);

/** `?engine=wasm` or `?engine=webgpu` for comparing the two. */
function engineChoice(): EngineChoice {
  const wanted = new URLSearchParams(location.search).get("engine");
  return wanted === "wasm" || wanted === "webgpu" ? wanted : "automatic";
}

async function readSettings(): Promise<PageSettings> {
  try {
    const response = await fetch("./page.json", { cache: "no-cache" });
    return response.ok ? parsePageSettings(await response.json()) : defaultPageSettings;
  } catch {
    return defaultPageSettings; // a bare static host
  }
}
