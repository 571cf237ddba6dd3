// What can be done to a server from outside its routes: read its files again, end its work. Known by Node's server, which a
// framework's object and a plugin's share.
import type { Server } from "node:http";
import type { AppError } from "../core/errors.js";

/** A file of the server that was read again, and why it is still the old one if it could not be. */
export interface Reloaded {
  readonly what: "tokens" | "certificate" | "audit log";
  readonly error: AppError | undefined;
}

export interface ServerControls {
  /** Whether tokens are asked for. */
  readonly isLocked: boolean;
  readonly isEncrypted: boolean;
  reload(): readonly Reloaded[];
  /** Answers what runs with SERVER_STOPPING. */
  endWork(): void;
  /** Closes every connection. */
  disconnect(): void;
}

const controls = new WeakMap<Server, ServerControls>();

export function setControls(server: Server, own: ServerControls): void {
  controls.set(server, own);
}

/** Undefined for a server without routes of ours. */
export const controlsOf = (server: Server): ServerControls | undefined => controls.get(server);
