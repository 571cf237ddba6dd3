// The answer to what never became a whole request: no HTTP, headers too long, too slow, ended in the middle.
import { AppError } from "../../core/errors.js";
import { problemOf, problemType } from "../problem.js";

/** @param code Node's, of the error that its parser met */
export function brokenRequestText(code: string | undefined): string {
  const error = brokenRequest(code);
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  const headers = [`content-type: ${problemType}`, `content-length: ${Buffer.byteLength(body)}`, "connection: close"];
  return `HTTP/1.1 ${problem.status} ${error.code}\r\n${headers.join("\r\n")}\r\n\r\n${body}`;
}

function brokenRequest(code: string | undefined): AppError {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new AppError("REQUEST_TOO_SLOW", {
        place: "request",
        rule: "must arrive in time",
        received: "one that did not",
        remedy: "Send less at once",
      });
    case "HPE_INVALID_EOF_STATE":
      return new AppError("REQUEST_INVALID", {
        place: "request",
        rule: "must be sent whole",
        received: "one that ended in the middle",
        remedy: "Send it again",
      });
    default:
      return new AppError("REQUEST_INVALID", {
        place: "request",
        rule: "must be sound HTTP",
        received: "something else",
        remedy: "Correct it",
      });
  }
}
