import assert from "node:assert/strict";
import { once } from "node:events";
import { settled } from "../../../support/windows/manualClock.ts";
import { assistant, read, request, system, TurnsRig, user } from "./turnsRig.ts";

describe("A turn of a gateway", () => {
  let rig: TurnsRig;
  beforeEach(() => {
    rig = new TurnsRig();
  });
  afterEach(() => rig.dispose());

  it("is one execution, whose answer comes in pieces", async () => {
    rig.agent.answer = async (_prompt, context) => {
      context.output("Hello ");
      context.output("world");
      return "end_turn";
    };
    const { text, last, response } = await rig.ask(request([user("Hi")]));
    assert.equal(text, "Hello world");
    assert.deepEqual(last, { type: "end", stopReason: "end", usage: { inputTokens: 1, outputTokens: 3 } });
    assert.equal(rig.executions, 1);
    assert.equal(rig.core.executions.get(response.executionId)?.task.command, "kiro.cli.chat");
  });

  it("has the cost that the agent reports, besides the estimated tokens", async () => {
    const result = { stopReason: "end_turn", credits: 0.25, contextPercent: 12.5, transport: "acp" };
    rig.agent.answer = async () => ({ kind: "completed", stopReason: "end_turn", result });
    const { last } = await rig.ask(request([user("Hi")]));
    assert.deepEqual(last?.type === "end" && last.usage, {
      inputTokens: 1,
      outputTokens: 0,
      credits: 0.25,
      contextPercent: 12.5,
    });
  });

  it("ends with the bridge, and tells its client whether the agent had begun", async () => {
    const ready = Promise.withResolvers<void>();
    rig.agent.answer = async (_prompt, context) => {
      context.output("half");
      await once(context.signal, "abort");
      throw context.signal.reason;
    };
    const begun = await rig.respond(request([user("one")]));
    await begun.accepted;
    rig.agent.getReady = () => ready.promise;
    const waiting = await rig.respond(request([user("two")]));
    const reading = [begun, waiting].map(async (response) => (await read(response)).last);
    await rig.turns.dispose();
    const [one, two] = await Promise.all(reading);
    assert.deepEqual(one?.type === "failed" && [one.hasBegun, one.error.code], [true, "INTERNAL_ERROR"]);
    assert.deepEqual(two?.type === "failed" && [two.hasBegun, two.error.code], [false, "KIRO_UNAVAILABLE"]);
    ready.resolve();
    for (const execution of rig.core.executions.all.values()) await execution.settled;
  });

  it("may fail before it begins although nobody waits for that", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", note);
    rig.agent.getReady = async () => Promise.reject(new Error("no agent"));
    await rig.ask(request([user("Hi")]));
    await settled();
    process.off("unhandledRejection", note);
    assert.deepEqual(unhandled, []);
  });

  it("shows in its record what is asked now, without instructions and history", async () => {
    const messages = [system("x".repeat(30_000)), user("Hi"), assistant("Hello"), user("What is new?")];
    const { response } = await rig.ask(request(messages));
    assert.deepEqual(rig.core.executions.get(response.executionId)?.task.args, ["What is new?"]);
  });

  it("sends a single message as it is, and labels others", async () => {
    await rig.ask(request([user("Hi")]));
    await rig.ask(request([system("Be brief."), user("Hi")]));
    assert.deepEqual(
      rig.agent.heard.map(({ text }) => text),
      ["Hi", "System (instructions of the calling program, which do not change who you are):\nBe brief.\n\nUser:\nHi"],
    );
  });
});
