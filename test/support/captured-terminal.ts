// A terminal for tests: keeps what a command prints.
import { Writable } from "node:stream";
import type { Terminal } from "../../src/cli/terminal.js";

export interface CapturedTerminal extends Terminal {
  /** Everything written to stdout and to stderr so far. */
  readonly outText: () => string;
  readonly errText: () => string;
}

/** A terminal that is no TTY; `env` and `cwd` as given. */
export function capturedTerminal(overrides: Partial<Pick<Terminal, "env" | "cwd">> = {}): CapturedTerminal {
  const out = collector();
  const err = collector();
  return {
    env: {},
    cwd: process.cwd(),
    ...overrides,
    out: out.stream,
    err: err.stream,
    outText: out.text,
    errText: err.text,
  };
}

function collector() {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, text: () => text };
}
