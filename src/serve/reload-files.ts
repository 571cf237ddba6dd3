// Reads the server's files again: tokens, certificate and key, the audit log's place. One that cannot be used leaves what
// was there before.
import type { Server } from "node:http";
import type { Server as TlsServer } from "node:tls";
import { AppError } from "../core/errors.js";
import type { AuditLog } from "./audit-log.js";
import { readTlsPair, type TlsFiles } from "./lock/tls-files.js";
import type { TokenLock } from "./lock/token-lock.js";
import type { Reloaded } from "./server-controls.js";

export interface ReloadedParts {
  readonly lock?: TokenLock | undefined;
  readonly audit?: AuditLog | undefined;
  readonly tls?: TlsFiles | undefined;
}

/** @param servers those that use the certificate */
export function reloadFiles({ lock, audit, tls }: ReloadedParts, servers: readonly Server[]): readonly Reloaded[] {
  const outcomes: Reloaded[] = [];
  const attempt = (what: Reloaded["what"], action: () => void) => {
    try {
      action();
      outcomes.push({ what, error: undefined });
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      outcomes.push({ what, error: thrown });
    }
  };
  if (lock !== undefined) attempt("tokens", () => lock.reload());
  if (tls !== undefined) {
    attempt("certificate", () => {
      const pair = readTlsPair(tls);
      for (const server of servers)
        (server as unknown as TlsServer).setSecureContext({ ...pair, minVersion: "TLSv1.2" });
    });
  }
  if (audit !== undefined) attempt("audit log", () => audit.reopen());
  return outcomes;
}
