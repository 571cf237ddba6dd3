// Who asked for what, when, and how it ended: a JSON line for each request, appended to a file. Nothing of any image: no
// names, no scores, no labels, only how many there were and the codes of those that could not be read.
import { closeSync, openSync, writeSync } from "node:fs";
import { AppError, messageOf } from "../core/errors.js";

export interface AuditEntry {
  /** ISO 8601, UTC. */
  readonly time: string;
  /** As in the answer's header X-Request-Id. */
  readonly id: string;
  /** The token's name, or the client's address where no token is asked for or none was right. */
  readonly client: string;
  readonly method: string;
  /** The route's pattern; "unknown" for other paths. */
  readonly route: string;
  readonly images: number;
  /** How many images ended how: SCORED, or the code of an error. */
  readonly codes: Readonly<Record<string, number>>;
  /** HTTP's; null when the client left before its answer was sent. */
  readonly status: number | null;
  readonly elapsedMs: number;
}

/** Lines reach the system one by one as requests are over, so that a killed process loses none. */
export class AuditLog {
  readonly #path: string;
  readonly #onFailure: (error: AppError) => void;
  #file: number | undefined;
  #isFailing = false;

  /**
   * @param onFailure told when lines cannot be written, once until they can again
   * @throws AppError AUDIT_LOG_UNWRITABLE
   */
  constructor(path: string, onFailure: (error: AppError) => void = () => undefined) {
    this.#path = path;
    this.#onFailure = onFailure;
    this.#file = open(path);
  }

  write(entry: AuditEntry): void {
    try {
      this.#file ??= open(this.#path);
      writeSync(this.#file, `${JSON.stringify(entry)}\n`);
      this.#isFailing = false;
    } catch (thrown) {
      if (!this.#isFailing) this.#onFailure(unwritable(this.#path, thrown));
      this.#isFailing = true;
    }
  }

  /** Opens the path anew: what was there may have been moved away. @throws AppError AUDIT_LOG_UNWRITABLE; the old one stays */
  reopen(): void {
    const next = open(this.#path);
    this.close();
    this.#file = next;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function open(path: string): number {
  try {
    return openSync(path, "a", 0o600);
  } catch (thrown) {
    throw unwritable(path, thrown);
  }
}

function unwritable(path: string, thrown: unknown): AppError {
  const rule = `the audit log cannot be written: ${messageOf(thrown)}`;
  const remedy = "Make room or correct its rights, or choose another file";
  return new AppError("AUDIT_LOG_UNWRITABLE", { place: path, rule, remedy }, { cause: thrown });
}
