// Errors as application/problem+json (RFC 9457) with the product's own codes, and the HTTP status of each code.

import { anyOf } from "../core/any-of.js";
import { type ErrorCode, errorCatalogue } from "../core/error-catalogue.js";
import { AppError, systemCodeOf } from "../core/errors.js";
import { imageTypes, multipartType } from "./uploads.js";

export const problemType = "application/problem+json; charset=utf-8";

export interface Problem {
  /** A name, not an address: docs/errors.md has a section for each. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  /** As in the header X-Request-Id and in the log. */
  readonly requestId?: string;
}

const statusOfCode: Partial<Record<ErrorCode, number>> = {
  REQUEST_INVALID: 400,
  REQUEST_UNAUTHORIZED: 401,
  REQUEST_REFUSED: 403,
  REQUEST_UNKNOWN: 404,
  REQUEST_TOO_SLOW: 408,
  REQUEST_TOO_LARGE: 413,
  REQUEST_TYPE_UNSUPPORTED: 415,
  SERVER_BUSY: 429,
  MODEL_INVALID: 500,
  SERVER_FAULT: 500,
  SERVER_STALLED: 503,
  SERVER_STOPPING: 503,
  SERVER_TIMED_OUT: 503,
};

/** Codes that are not named are about an image: the request was sound, what it carries is not (422). */
export const httpStatusOf = (code: ErrorCode): number => statusOfCode[code] ?? 422;

/** @param status in place of the code's own: a path that is there, but not with this method, is 405 */
export function problemOf(error: AppError, requestId?: string, status = httpStatusOf(error.code)): Problem {
  const { code, message } = error;
  const type = `urn:pneumoscope:error:${code}`;
  return { type, title: errorCatalogue[code], status, detail: message, code, ...(requestId && { requestId }) };
}

/** Whatever was thrown as one of our errors: the framework's by what they are, all else as a fault. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const status =
    typeof thrown === "object" && thrown !== null && "statusCode" in thrown ? Number(thrown.statusCode) : 500;
  const options = { cause: thrown };
  if (status === 415 || systemCodeOf(thrown) === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    const facts = {
      place: "request",
      rule: `a body must be ${anyOf([multipartType, ...imageTypes])}`,
      received: "another Content-Type or none",
      remedy: "Name the right one",
    };
    return new AppError("REQUEST_TYPE_UNSUPPORTED", facts, options);
  }
  if (status >= 400 && status < 500) {
    const rule = "must be sound HTTP with a sound path";
    const facts = { place: "request", rule, received: "one that is not", remedy: "Correct it" };
    return new AppError("REQUEST_INVALID", facts, options);
  }
  const facts = { place: "the server", rule: "something went wrong that should not", remedy: "Please report it" };
  return new AppError("SERVER_FAULT", facts, options);
}
