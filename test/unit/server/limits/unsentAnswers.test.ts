import assert from "node:assert/strict";
import { ownTurn } from "../../../../src/base/ownTurn.ts";
import { PastExecution } from "../../../../src/core/executions/pastExecution.ts";
import { whenRoomFor } from "../../../../src/server/limits/lateAnswer.ts";
import { SMALL_ANSWER, UnsentAnswers } from "../../../../src/server/limits/unsentAnswers.ts";
import { ended } from "../../../support/endedExecution.ts";
import { until } from "../../../support/until.ts";
import { responseOf } from "../../../../src/server/http/executeResponse.ts";

describe("UnsentAnswers", () => {
  it("has room until large responses fill it, and again when they are sent", () => {
    const unsent = new UnsentAnswers({ maxBytes: 100 });
    const [sentFirst, sentSecond] = [unsent.hold(60), unsent.hold(60)];
    assert.equal(unsent.hasRoom, false);
    assert.throws(() => unsent.assertRoomFor(SMALL_ANSWER + 1), { code: "RATE_LIMIT_EXCEEDED" });
    unsent.assertRoomFor(SMALL_ANSWER);
    sentFirst();
    unsent.assertRoomFor(SMALL_ANSWER + 1);
    sentSecond();
    assert.equal(unsent.hasRoom, true);
  });

  it("admits waiting responses one after the other while there is room", async () => {
    const unsent = new UnsentAnswers({ maxBytes: 100 });
    const sent = unsent.hold(100);
    const order: string[] = [];
    for (const name of ["a", "b", "c"]) {
      unsent.whenRoom((hasRoom) => {
        order.push(`${name} ${hasRoom}`);
        unsent.hold(60);
      });
    }
    assert.deepEqual(order, []);
    sent();
    await until(() => order.length === 2);
    await ownTurn();
    assert.deepEqual(order, ["a true", "b true"]);
  });

  it("times out a response that waits too long", async () => {
    const unsent = new UnsentAnswers({ maxBytes: 100, waitMs: 5 });
    unsent.hold(100);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    unsent.whenRoom(resolve);
    assert.equal(await promise, false);
  });
});

describe("A response that has to wait", () => {
  const big = "x".repeat(SMALL_ANSWER + 1);

  it("is sent immediately while there is room, and when it is small", () => {
    const unsent = new UnsentAnswers({ maxBytes: 100 });
    const told: unknown[] = [];
    whenRoomFor(unsent, ended(big), ({ isKept }) => told.push(isKept));
    unsent.hold(100);
    whenRoomFor(unsent, ended("small"), ({ isKept }) => told.push(isKept));
    assert.deepEqual(told, [true, true]);
  });

  it("is complete when there is room again, and marked as truncated when that took too long", async () => {
    const unsent = new UnsentAnswers({ maxBytes: 100, waitMs: 50 });
    const sent = unsent.hold(100);
    const execution = ended(big);
    const outputs: string[] = [];
    whenRoomFor(unsent, execution, (told) => outputs.push(responseOf(told).output));
    assert.deepEqual(outputs, []);
    sent();
    await until(() => outputs.length > 0);
    assert.deepEqual(outputs, [big]);
    unsent.hold(100);
    const { promise, resolve } = Promise.withResolvers<object>();
    whenRoomFor(unsent, execution, (told) => resolve({ ...responseOf(told), isKept: told.isKept }));
    assert.deepEqual(await promise, {
      success: true,
      output: "",
      executionTimeMs: execution.elapsedMs,
      executionId: "exec-1",
      status: "completed",
      outputTruncated: true,
      isKept: false,
    });
  });

  it("can belong to an execution that nothing else references", () => {
    const ending = {
      id: "exec-1",
      status: "completed",
      code: undefined,
      isFailure: false,
      executionTimeMs: 1,
    } as const;
    const past = new PastExecution({ ...ending, exitCode: undefined, sessionId: undefined }, undefined);
    const outputs: string[] = [];
    whenRoomFor(undefined, past, (told) => outputs.push(responseOf(told).output));
    assert.deepEqual(outputs, [""]);
  });
});
