import assert from "node:assert/strict";
import { KEPT_MS, KEYED_MS } from "../../../../../src/gateways/turns/replay/replayGuard.ts";
import { LEAVE_GRACE_MS } from "../../../../../src/gateways/turns/replay/sharedResponse.ts";
import type { TurnRequest } from "../../../../../src/gateways/turns/turn.ts";
import { FakePrincipals } from "../../../../support/fakePrincipals.ts";
import { settled } from "../../../../support/windows/manualClock.ts";
import { until } from "../../../../support/until.ts";
import { failureOf, read, request, TurnsRig, user } from "../turnsRig.ts";

describe("A repeated request", () => {
  let rig: TurnsRig;
  let gate: PromiseWithResolvers<void>;
  beforeEach(() => {
    rig = new TurnsRig();
    gate = Promise.withResolvers();
  });
  afterEach(() => rig.dispose());

  const again = (more: Partial<TurnRequest> = {}): TurnRequest => request([user("Hi")], { replayKey: "same", ...more });

  /** Has the agent say something, then wait for the gate. */
  function waitAtGate(): void {
    rig.agent.answer = async (_prompt, context) => {
      context.output("half ");
      await Promise.race([gate.promise, aborted(context.signal)]);
      context.output("whole");
      return "end_turn";
    };
  }

  function fail(): void {
    rig.agent.answer = async (_prompt, context) => {
      context.output("half ");
      throw new Error("died");
    };
  }

  it("joins the one that is running, from its beginning", async () => {
    waitAtGate();
    const storm = Array.from({ length: 30 }, () => rig.respond(again()));
    const responses = await Promise.all(storm);
    await until(() => rig.agent.heard.length > 0);
    const late = await rig.respond(again());
    gate.resolve();
    const texts = await Promise.all([...responses, late].map(async (response) => (await read(response)).text));
    assert.deepEqual(new Set(texts), new Set(["half whole"]));
    assert.equal(rig.executions, 1);
  });

  it("is another one for another principal", async () => {
    waitAtGate();
    const other = new FakePrincipals().add("other");
    const responses = await Promise.all([
      rig.respond(again()),
      rig.respond(again({ caller: { principal: other, via: "http" } })),
    ]);
    gate.resolve();
    await Promise.all(responses.map((response) => read(response)));
    assert.equal(rig.executions, 2);
  });

  it("gets the outcome of a turn that has failed after it began, for two minutes", async () => {
    fail();
    const first = await rig.ask(again());
    assert.equal(first.last?.type === "failed" && first.last.hasBegun, true);
    await rig.clock.pass(KEPT_MS - 1);
    const second = await rig.respond(again());
    await second.accepted;
    assert.deepEqual((await read(second)).last, first.last);
    assert.equal(rig.executions, 1);
    await rig.clock.pass(1);
    await rig.ask(again());
    assert.equal(rig.executions, 2);
  });

  it("runs again after a turn that has failed before it began", async () => {
    rig.agent.getReady = async () => Promise.reject(new Error("no agent"));
    const first = await rig.ask(again());
    assert.equal(first.last?.type === "failed" && first.last.hasBegun, false);
    await rig.ask(again());
    assert.equal(rig.executions, 2);
  });

  it("runs again after an answer that was read, because people do ask twice", async () => {
    const one = await rig.ask(again());
    const two = await rig.ask(again());
    assert.equal(one.text, two.text);
    assert.equal(rig.executions, 2);
  });

  it("gets the answer that no client was there to read, for two minutes", async () => {
    const first = await rig.respond(again());
    await until(() => rig.core.executions.get(first.executionId)?.isSettled === true);
    await settled();
    first.leave();
    await rig.clock.pass(KEPT_MS - 1);
    assert.equal((await rig.ask(again())).text, "answer to Hi");
    assert.equal(rig.executions, 1);
    // It was read now.
    await rig.ask(again());
    assert.equal(rig.executions, 2);
  });

  it("joins a turn whose client has lost its connection a moment ago", async () => {
    waitAtGate();
    const first = await rig.respond(again());
    await first.accepted;
    first.leave();
    await rig.clock.pass(LEAVE_GRACE_MS - 1);
    const second = await rig.respond(again());
    await rig.clock.pass(LEAVE_GRACE_MS * 2);
    gate.resolve();
    assert.equal((await read(second)).text, "half whole");
    assert.equal(rig.executions, 1);
  });

  it("runs again after one that was cancelled because its client had gone", async () => {
    waitAtGate();
    const first = await rig.respond(again());
    await first.accepted;
    first.leave();
    await rig.clock.pass(LEAVE_GRACE_MS);
    const execution = rig.core.executions.get(first.executionId);
    await execution?.settled;
    assert.equal(execution?.status, "cancelled");
    gate.resolve();
    assert.equal((await rig.ask(again())).text, "half whole");
    assert.equal(rig.executions, 2);
  });

  it("joins the newer one of two, although another client still reads the older one", async () => {
    const slow = await rig.respond(again());
    await rig.ask(again());
    waitAtGate();
    const newer = await rig.respond(again());
    await newer.accepted;
    await read(slow);
    const joined = await rig.respond(again());
    gate.resolve();
    assert.deepEqual([(await read(newer)).text, (await read(joined)).text], ["half whole", "half whole"]);
    assert.equal(rig.executions, 2);
  });

  it("is not cancelled as long as one of its clients is there", async () => {
    waitAtGate();
    const [one, two] = [await rig.respond(again()), await rig.respond(again())];
    await one.accepted;
    one.leave();
    one.leave();
    await rig.clock.pass(LEAVE_GRACE_MS * 2);
    gate.resolve();
    assert.equal((await read(two)).text, "half whole");
  });

  it("leaves the queue at once when its client goes before its turn", async () => {
    waitAtGate();
    const session = { session: "work" };
    const running = await rig.respond(request([user("first")], session));
    const waiting = await rig.respond(request([user("second")], session));
    waiting.leave();
    await settled();
    assert.equal(rig.core.executions.get(waiting.executionId)?.status, "cancelled");
    gate.resolve();
    await read(running);
    assert.equal(rig.agent.heard.length, 1);
  });

  describe("with an Idempotency-Key", () => {
    const keyed = (more: Partial<TurnRequest> = {}): TurnRequest => again({ idempotencyKey: "key", ...more });

    it("gets the same answer for a day", async () => {
      const first = await rig.ask(keyed());
      await rig.clock.pass(KEYED_MS - 1);
      const second = await rig.ask(keyed());
      assert.deepEqual([second.text, second.response.id], [first.text, first.response.id]);
      await rig.clock.pass(1);
      await rig.ask(keyed());
      assert.equal(rig.executions, 2);
    });

    it("is refused with another body, and is another one for another principal", async () => {
      await rig.ask(keyed());
      assert.equal((await failureOf(rig.respond(keyed({ replayKey: "other" })))).code, "CONFLICT");
      const other = new FakePrincipals().add("other");
      await rig.ask(keyed({ caller: { principal: other, via: "http" }, replayKey: "other" }));
      assert.equal(rig.executions, 2);
    });

    it("does not run again after its turn was cancelled because the client had gone", async () => {
      waitAtGate();
      const first = await rig.respond(keyed());
      await first.accepted;
      first.leave();
      await rig.clock.pass(LEAVE_GRACE_MS);
      await rig.core.executions.get(first.executionId)?.settled;
      await settled();
      assert.equal((await rig.ask(keyed())).last?.type, "failed");
      assert.equal(rig.executions, 1);
    });

    it("never runs again, although large answers are not kept", async () => {
      const text = "x".repeat(7 * 1024 * 1024);
      rig.agent.answer = async (_prompt, context) => {
        context.output(text);
        return "end_turn";
      };
      for (const key of ["a", "b", "c"]) await rig.ask(keyed({ idempotencyKey: key, replayKey: key }));
      assert.equal((await failureOf(rig.ask(keyed({ idempotencyKey: "a", replayKey: "a" })))).code, "CONFLICT");
      assert.equal((await rig.ask(keyed({ idempotencyKey: "c", replayKey: "c" }))).text.length, text.length);
      assert.equal(rig.executions, 3);
    });
  });

  it("is refused once the bridge stops", async () => {
    await rig.turns.dispose();
    assert.equal((await failureOf(rig.respond(again()))).code, "KIRO_UNAVAILABLE");
  });
});

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
