import assert from "node:assert/strict";
import { bridgeErrorOf } from "../../../../src/agents/models/failures/bridgeErrorOf.ts";
import { ModelFailure, type ModelFailureKind } from "../../../../src/core/models/modelFailure.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";

describe("A failure of a model", () => {
  it("is known in every bundle, each of which has its own copy of the class", async () => {
    const file = new URL("../../../../src/core/models/modelFailure.ts?another", import.meta.url).href;
    const another: unknown = await import(file);
    assert.ok(typeof another === "object" && another !== null && "ModelFailure" in another);
    const { ModelFailure: Copy } = another;
    assert.ok(typeof Copy === "function" && Copy !== ModelFailure);
    const failure: unknown = Reflect.construct(Copy, ["forbidden", "The user has not allowed it."]);
    assert.ok(failure instanceof ModelFailure);
    assert.equal(failure.isPassing, false);
    const error = bridgeErrorOf(failure, "editor");
    assert.ok(isBridgeError(error));
    assert.equal(error.context?.["cause"], "engine-forbidden");
    for (const other of [new Error("x"), { kind: "forbidden" }, null, "forbidden"])
      assert.equal(other instanceof ModelFailure, false);
  });

  it("may pass if the vendor, or the way to it, had trouble", () => {
    const passing: readonly ModelFailureKind[] = ["rate-limited", "overloaded", "unreachable", "cut", "silent"];
    const lasting: readonly ModelFailureKind[] = [
      "unauthorized",
      "not-found",
      "invalid",
      "too-long",
      "tls",
      "protocol",
    ];
    assert.ok(passing.every((kind) => new ModelFailure(kind, "x").isPassing));
    assert.ok(lasting.every((kind) => !new ModelFailure(kind, "x").isPassing));
  });
});
