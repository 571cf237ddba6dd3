// Starts the page: the server's lock, settings, service worker, model, then the components.
import { render } from "preact";
import type { EngineChoice } from "../src/browser.js";
import { App } from "./components/app.js";
import { keepOffline } from "./session/offline.js";
import { PageSession } from "./session/page-session.js";
import { ServerAccess } from "./session/server-access.js";
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
const access = new ServerAccess();
void access.begin();
const offline = new Promise<() => void>((resolve) => {
  void keepOffline(offlineWaitMs, resolve).then(async () => {
    const { model } = await access.settings;
    const url = new URL(model, document.baseURI).href;
    await session.openModel({ kind: "address", url, authorization: access.authorization });
  });
});

const root = document.querySelector("#page") as HTMLElement;
root.replaceChildren();
render(<App session={session} access={access} update={offline} />, root);

/** `?engine=wasm` or `?engine=webgpu` for comparing the two. */
function engineChoice(): EngineChoice {
  const wanted = new URLSearchParams(location.search).get("engine");
  return wanted === "wasm" || wanted === "webgpu" ? wanted : "automatic";
}
