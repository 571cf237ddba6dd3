// SERVER_BUSY: what the server has no room for is refused before it is begun.
import { AppError } from "../../core/errors.js";

/** With the seconds for the header Retry-After. */
export class ServerBusyError extends AppError {
  readonly retryAfterSeconds: number;

  constructor(rule: string, received: string, retryAfterSeconds: number) {
    super("SERVER_BUSY", { place: "the server", rule, received, remedy: `Try again in ${retryAfterSeconds} s` });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
