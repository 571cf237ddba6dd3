// What a test expects of a refusal: an AppError with this code whose message says this.
import assert from "node:assert/strict";
import type { ErrorCode } from "../../src/core/error-catalogue.js";
import { AppError } from "../../src/core/errors.js";

/** For `assert.rejects` and `assert.throws`. */
export function hasCode(code: ErrorCode, part: string): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof AppError, String(thrown));
    assert.equal(thrown.code, code);
    assert.ok(thrown.message.includes(part), thrown.message);
    return true;
  };
}
