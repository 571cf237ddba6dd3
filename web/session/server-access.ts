// Whether the server lets this page in: it may ask for a token. The token is kept until the tab is closed, in
// sessionStorage, and sent to the page's own server alone; nothing that was fetched with it is kept.
import { defaultPageSettings, type PageSettings, parsePageSettings } from "../../src/page/page-settings.js";

const storageKey = "pneumoscope-token";

export type AccessState =
  | { readonly kind: "checking" }
  /** @param authorization the header for requests; null where no token is asked for */
  | { readonly kind: "open"; readonly authorization: string | null }
  | { readonly kind: "asking"; readonly wasRefused: boolean };

export class ServerAccess {
  /** What the server says of the page, once it lets the page in. */
  readonly settings: Promise<PageSettings>;
  #state: AccessState = { kind: "checking" };
  #letIn: (settings: PageSettings) => void = () => undefined;
  readonly #listeners = new Set<() => void>();

  constructor() {
    this.settings = new Promise((resolve) => {
      this.#letIn = resolve;
    });
  }

  get state(): AccessState {
    return this.#state;
  }

  get authorization(): string | null {
    return this.#state.kind === "open" ? this.#state.authorization : null;
  }

  /** Returns how to stop listening. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks the server, with the session's token if there is one. */
  async begin(): Promise<void> {
    const token = keptToken();
    await this.#ask(token, token !== null);
  }

  /** Tries a token that the user gave. */
  async enter(token: string): Promise<void> {
    await this.#ask(token.trim(), true);
  }

  /** Leaves nothing of the token, nor of what it opened. */
  forget(): void {
    keepToken(null);
    location.reload();
  }

  async #ask(token: string | null, isTry: boolean): Promise<void> {
    const authorization = token === null ? null : `Bearer ${token}`;
    const answer = await askForSettings(authorization);
    if (answer === "refused") {
      keepToken(null);
      this.#set({ kind: "asking", wasRefused: isTry });
      return;
    }
    keepToken(token);
    this.#set({ kind: "open", authorization });
    this.#letIn(answer);
  }

  #set(state: AccessState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

async function askForSettings(authorization: string | null): Promise<PageSettings | "refused"> {
  // What no header can carry is no token either.
  if (authorization !== null && !/^[\x21-\x7e ]+$/.test(authorization)) return "refused";
  try {
    const headers = authorization === null ? {} : { authorization };
    const response = await fetch("./page.json", { cache: "no-cache", headers });
    if (response.status === 401) return "refused";
    return response.ok ? parsePageSettings(await response.json()) : defaultPageSettings;
  } catch {
    return defaultPageSettings; // a bare static host, or no network
  }
}

function keptToken(): string | null {
  try {
    return sessionStorage.getItem(storageKey);
  } catch {
    return null; // storage is switched off: the token is asked for at every visit
  }
}

function keepToken(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(storageKey);
    else sessionStorage.setItem(storageKey, token);
  } catch {
    // as above
  }
}
