// Asks for the server's token, before anything else can be done.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ServerAccess } from "../session/server-access.js";
import { Icon } from "./icons.js";

export interface TokenPromptProps {
  readonly access: ServerAccess;
  /** Whether the last one that was tried is none of the server's. */
  readonly wasRefused: boolean;
}

export function TokenPrompt({ access, wasRefused }: TokenPromptProps): JSX.Element {
  const [token, setToken] = useState("");
  const [isAsking, setAsking] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    setAsking(true);
    await access.enter(token);
    setToken("");
    setAsking(false);
  };
  return (
    <form class="token-prompt panel" onSubmit={send}>
      <h1 class="intro-title">This server asks for a token</h1>
      <p class="hint" id="token-hint">
        Whoever runs it has one for you. It is kept until you close this tab, and sent to this server only.
      </p>
      <label>
        <span>Token</span>
        <input
          type="password"
          name="token"
          value={token}
          required
          autocomplete="off"
          spellcheck={false}
          aria-describedby="token-hint"
          aria-invalid={wasRefused}
          onInput={(event) => setToken(event.currentTarget.value)}
          ref={(input) => {
            if (document.activeElement === document.body) input?.focus();
          }}
        />
      </label>
      {wasRefused && (
        <p class="token-refused" role="alert">
          <Icon name="error" /> The server does not know this token.
        </p>
      )}
      <button type="submit" class="button is-primary" disabled={isAsking || token.trim() === ""}>
        Continue
      </button>
    </form>
  );
}
