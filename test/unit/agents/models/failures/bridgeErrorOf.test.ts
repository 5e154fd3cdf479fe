import assert from "node:assert/strict";
import { bridgeErrorOf } from "../../../../../src/agents/models/failures/bridgeErrorOf.ts";
import { isCrash } from "../../../../../src/agents/turnFailures.ts";
import { ModelFailure, type ModelFailureKind } from "../../../../../src/core/models/modelFailure.ts";
import { BridgeError, isBridgeError } from "../../../../../src/protocol/errors.ts";

const SENTENCE = "The engine 'x' has trouble.";

describe("The error of the catalog for a failure of a model", () => {
  const errorOf = (failure: unknown) => {
    const error = bridgeErrorOf(failure, "azure");
    assert.ok(isBridgeError(error));
    return error;
  };

  const unavailable: readonly (readonly [ModelFailureKind, cause: string, reason: string])[] = [
    ["unauthorized", "engine-unauthorized", "not_logged_in"],
    ["forbidden", "engine-forbidden", "not_logged_in"],
    ["overloaded", "engine-overloaded", "not_responding"],
    ["unreachable", "engine-unreachable", "not_responding"],
    ["tls", "engine-tls", "not_responding"],
    ["clock", "engine-clock", "not_responding"],
    ["protocol", "engine-protocol", "not_responding"],
    ["too-large", "engine-protocol", "not_responding"],
    ["cut", "engine-cut", "not_responding"],
    ["silent", "engine-silent", "not_responding"],
  ];
  for (const [kind, cause, reason] of unavailable) {
    it(`has the cause ${cause} for ${kind}, and is no crash after which the engine is held back`, () => {
      const error = errorOf(new ModelFailure(kind, SENTENCE, { status: 500 }));
      assert.deepEqual([error.code, error.message], ["KIRO_UNAVAILABLE", SENTENCE]);
      assert.deepEqual(error.context, { reason, cause, engine: "azure", status: 500 });
      assert.equal(isCrash(error), false);
    });
  }

  it("says when a limit of the vendor ends", () => {
    const error = errorOf(new ModelFailure("rate-limited", SENTENCE, { retryAfterMs: 1200 }));
    assert.deepEqual([error.code, error.retryAfterSeconds], ["RATE_LIMIT_EXCEEDED", 2]);
    assert.equal(errorOf(new ModelFailure("rate-limited", SENTENCE)).retryAfterSeconds, undefined);
  });

  it("blames the request for what the vendor rejects in it", () => {
    const invalid = errorOf(new ModelFailure("invalid", SENTENCE, { parameter: "temperature" }));
    assert.deepEqual(
      [invalid.code, invalid.context],
      ["VALIDATION_FAILED", { engine: "azure", field: "temperature", rule: "engine" }],
    );
    const tooLong = errorOf(new ModelFailure("too-long", SENTENCE));
    assert.deepEqual([tooLong.code, tooLong.context?.["rule"]], ["VALIDATION_FAILED", "context-length"]);
    assert.equal(errorOf(new ModelFailure("not-found", SENTENCE)).code, "NOT_FOUND");
  });

  it("leaves every other error as it is", () => {
    for (const error of [new BridgeError("CONFLICT"), new Error("a bug"), "text", undefined])
      assert.equal(bridgeErrorOf(error, "azure"), error);
  });
});
