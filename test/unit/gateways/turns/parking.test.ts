import assert from "node:assert/strict";
import type { RunContext } from "../../../../src/core/ports.ts";
import { PARKED_MS } from "../../../../src/gateways/turns/answer/agentTurn.ts";
import type { LentResult } from "../../../../src/gateways/turns/lending.ts";
import type { Message, ToolUse, TurnRequest } from "../../../../src/gateways/turns/turn.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import type { HeardPrompt } from "../../../support/gateways/scriptedAgent.ts";
import { until } from "../../../support/until.ts";
import { settled } from "../../../support/windows/manualClock.ts";
import { assistant, read, type ReadResponse, request, result, tool, TurnsRig, user } from "./turnsRig.ts";

const tools = [tool("bash"), tool("read.file")];
const list = user("List");

describe("A turn that calls a tool of the client", () => {
  let rig: TurnsRig;
  let results: LentResult[];
  beforeEach(() => {
    rig = new TurnsRig();
    results = [];
    rig.agent.answer = calling(["bash"]);
  });
  afterEach(() => rig.dispose());

  /** Returns an agent that says something, calls tools at once, and ends. */
  function calling(names: readonly string[]) {
    return async (prompt: HeardPrompt, context: RunContext): Promise<string> => {
      context.output("I look. ");
      results.push(...(await Promise.all(names.map((name) => call(prompt, context, name)))));
      context.output("Done.");
      return "end_turn";
    };
  }

  async function call({ tools: lent }: HeardPrompt, context: RunContext, name: string): Promise<LentResult> {
    context.signal.throwIfAborted();
    const answered = rig.lent.at(lent?.url).call(name, { of: name }, context.signal);
    return await answered.then((found) => {
      context.signal.throwIfAborted();
      return found;
    });
  }

  /** Reads a response that ends with calls. */
  async function parked(asked: TurnRequest): Promise<ReadResponse> {
    const reading = rig.respond(asked).then((response) => read(response));
    await settled();
    await until(() => rig.clock.waiting > 0);
    await rig.clock.pass(100);
    return await reading;
  }

  /** The next request of the client. */
  function answering({ text, calls }: ReadResponse, results: readonly Message[], first = list): TurnRequest {
    return request([first, assistant(text, calls), ...results], { tools });
  }

  function resultsFor(calls: readonly ToolUse[]): readonly Message[] {
    return calls.map(({ id, name }) => result(id, `result of ${name}`));
  }

  function textsOf(found: readonly LentResult[]): readonly string[] {
    return found.map(({ content }) => content.map((block) => (block.type === "text" ? block.text : "")).join());
  }

  it("is parked until the next request brings the result, and goes on in its response", async () => {
    const first = await parked(request([list], { tools }));
    assert.equal(first.text, "I look. ");
    assert.deepEqual(
      first.calls.map(({ name, arguments: text }) => [name, text]),
      [["bash", '{"of":"bash"}']],
    );
    assert.equal(first.last?.type === "end" && first.last.stopReason, "tool-use");
    const ended = await rig.ask(answering(first, resultsFor(first.calls)));
    assert.deepEqual(results, [{ content: [{ type: "text", text: "result of bash" }], isError: false }]);
    assert.equal(ended.text, "Done.");
    assert.equal(ended.response.executionId, first.response.executionId);
    assert.equal(rig.executions, 1);
  });

  it("has a transcript afterwards that the next request goes on with", async () => {
    const first = await parked(request([list], { tools }));
    const ended = await rig.ask(answering(first, resultsFor(first.calls)));
    const whole = [
      list,
      assistant(first.text, first.calls),
      ...resultsFor(first.calls),
      assistant(ended.text),
      user("b"),
    ];
    rig.agent.answer = async () => "end_turn";
    await rig.ask(request(whole, { tools }));
    assert.deepEqual(
      rig.agent.heard.map(({ text }) => text),
      ["List", "b"],
    );
    assert.equal(rig.agent.heard[0]?.session, rig.agent.heard[1]?.session);
  });

  it("sends calls that come together in one response, with the client's own names", async () => {
    const lentName = (): string => rig.lent.opened[0]?.options.tools[1]?.name ?? "";
    rig.agent.answer = async (prompt, context) => await calling(["bash", lentName()])(prompt, context);
    const first = await parked(request([list], { tools }));
    assert.match(lentName(), /^read_file_/);
    assert.deepEqual(
      first.calls.map(({ name }) => name),
      ["bash", "read.file"],
    );
    await rig.ask(answering(first, resultsFor(first.calls).toReversed()));
    assert.deepEqual(textsOf(results), ["result of bash", "result of read.file"]);
  });

  it("sends a call that comes while it is parked in the response after the results", async () => {
    let late: Promise<LentResult> | undefined;
    rig.agent.answer = async (prompt, context) => {
      const early = call(prompt, context, "bash");
      await settled();
      await until(() => rig.clock.now() >= 100);
      late = call(prompt, context, "bash");
      context.output("While it waits. ");
      results.push(await early, await late);
      return "end_turn";
    };
    const first = await parked(request([list], { tools }));
    await until(() => late !== undefined);
    const second = await parked(answering(first, resultsFor(first.calls)));
    assert.equal(second.text, "While it waits. ");
    assert.equal(second.calls.length, 1);
    const history = [list, assistant(first.text, first.calls), ...resultsFor(first.calls)];
    const third = await rig.ask(
      request([...history, assistant(second.text, second.calls), ...resultsFor(second.calls)]),
    );
    assert.equal(third.last?.type, "end");
    assert.equal(results.length, 2);
    assert.equal(rig.executions, 1);
  });

  it("fails the calls to which the client sends no result", async () => {
    rig.agent.answer = calling(["bash", "bash"]);
    const first = await parked(request([list], { tools }));
    await rig.ask(answering(first, resultsFor(first.calls.slice(0, 1))));
    assert.deepEqual(
      results.map(({ isError }) => isError),
      [false, true],
    );
    assert.match(textsOf(results)[1] ?? "", /no result/);
  });

  it("passes on failures of tools, and what the user has added to a result", async () => {
    const first = await parked(request([list], { tools }));
    const [use] = first.calls;
    await rig.ask(answering(first, [result(use?.id ?? "", "no such file", true), user("Stop it.")]));
    assert.equal(results[0]?.isError, true);
    assert.equal(textsOf(results)[0], "no such file,User:\nStop it.");
  });

  it("goes on for a client that drops the text in front of calls", async () => {
    const first = await parked(request([list], { tools }));
    await rig.ask(request([list, assistant("", first.calls), ...resultsFor(first.calls)], { tools }));
    assert.equal(rig.executions, 1);
  });

  it("goes on for a client that has named its session, and sends nothing but the result", async () => {
    const named = { tools, session: "work" };
    const first = await parked(request([list], named));
    assert.equal((await rig.ask(request(resultsFor(first.calls), named))).text, "Done.");
    assert.equal(rig.executions, 1);
  });

  it("gives way to another message in a session that the client has named", async () => {
    const named = { tools, session: "work" };
    const first = await parked(request([list], named));
    rig.agent.answer = async () => "end_turn";
    await rig.ask(request([user("Never mind")], named));
    assert.equal(rig.core.executions.get(first.response.executionId)?.status, "cancelled");
    assert.equal(rig.agent.heard[1]?.session, rig.agent.heard[0]?.session);
  });

  it("does not go on for a result of an unknown call, an edited history, or another principal", async () => {
    const first = await parked(request([list], { tools }));
    rig.agent.answer = async () => "end_turn";
    const unknown = [list, assistant(first.text, first.calls), result("call_unknown", "x")];
    await rig.ask(request(unknown, { tools }));
    await rig.ask(answering(first, resultsFor(first.calls), user("Edited")));
    await rig.ask(answering({ ...first, text: "Edited" }, resultsFor(first.calls)));
    const other = new FakePrincipals().add("other");
    await rig.ask({ ...answering(first, resultsFor(first.calls)), caller: { principal: other, via: "http" } });
    assert.equal(rig.executions, 5);
    assert.deepEqual(results, []);
    assert.match(rig.agent.heard[1]?.text ?? "", /\[tool call bash\] \{"of":"bash"\}\n\n\[tool result unknown\]\nx$/);
  });

  it("is cancelled with a failed call after ten minutes", async () => {
    const first = await parked(request([list], { tools }));
    await rig.clock.pass(PARKED_MS - 101);
    assert.equal(rig.core.executions.get(first.response.executionId)?.isSettled, false);
    await rig.clock.pass(101);
    await rig.core.executions.get(first.response.executionId)?.settled;
    assert.equal(rig.core.executions.get(first.response.executionId)?.status, "cancelled");
    rig.agent.answer = async () => "end_turn";
    await rig.ask(answering(first, resultsFor(first.calls)));
    assert.equal(rig.executions, 2);
  });

  it("is no part of a transcript if the agent ends it without its client", async () => {
    rig.agent.answer = async () => "end_turn";
    await rig.ask(request([user("one")], { tools }));
    rig.agent.answer = async (prompt) => {
      await rig.lent.at(prompt.tools?.url).call("bash");
      return "end_turn";
    };
    await parked(request([user("one"), assistant(""), user("two")], { tools }));
    await rig.clock.pass(PARKED_MS);
    await until(() => rig.agent.closed.length === 1);
    rig.agent.answer = async () => "end_turn";
    await rig.ask(request([user("one"), assistant(""), user("three")], { tools }));
    assert.notEqual(rig.agent.heard[2]?.session, rig.agent.heard[0]?.session);
  });

  it("stays parked when its client goes, and answers one that comes back", async () => {
    const response = await rig.respond(request([list], { tools }));
    await until(() => rig.clock.waiting > 0);
    await rig.clock.pass(100);
    response.leave();
    await rig.clock.pass(60_000);
    const first = await read(response);
    assert.equal((await rig.ask(answering(first, resultsFor(first.calls)))).text, "Done.");
  });

  it("is over for its client if it is cancelled or its agent dies while it is parked", async () => {
    const ends = [
      async (id: string): Promise<unknown> => await rig.core.dispatcher.cancel(id),
      async (): Promise<void> => die.reject(new Error("died")),
    ];
    const die = Promise.withResolvers<never>();
    die.promise.catch(() => undefined);
    for (const end of ends) {
      rig.agent.answer = async (prompt, context) => {
        await Promise.race([call(prompt, context, "bash"), die.promise]);
        return "end_turn";
      };
      const before = rig.executions;
      const first = await parked(request([list], { tools }));
      await end(first.response.executionId);
      await rig.core.executions.get(first.response.executionId)?.settled;
      await settled();
      rig.agent.answer = async () => "end_turn";
      await rig.ask(answering(first, resultsFor(first.calls)));
      assert.equal(rig.executions, before + 2);
    }
  });

  it("tells its agent that it is parked, so that no clock runs out and others see it", async () => {
    const told: boolean[] = [];
    rig.agent.answer = async (prompt, context) => {
      prompt.tools?.onDidPark((isParked) => told.push(isParked));
      return await calling(["bash"])(prompt, context);
    };
    const first = await parked(request([list], { tools }));
    assert.deepEqual(told, [true]);
    const execution = rig.core.executions.get(first.response.executionId);
    assert.deepEqual([execution?.status, execution?.waitingFor], ["waiting-input", "caller-tool"]);
    await rig.ask(answering(first, resultsFor(first.calls)));
    assert.deepEqual(told, [true, false]);
  });

  it("lets the tools go with its session", async () => {
    rig.agent.answer = async () => "end_turn";
    await rig.ask(request([list], { tools }));
    const [server] = rig.lent.opened;
    assert.equal(server?.isDisposed, false);
    await rig.turns.dispose();
    assert.equal(server?.isDisposed, true);
    assert.equal((await server?.call("bash"))?.isError, true);
  });

  it("fails a call that nobody waits for", async () => {
    rig.agent.answer = async () => "end_turn";
    await rig.ask(request([list], { tools }));
    const answered = await rig.lent.opened[0]?.call("bash");
    assert.equal(answered?.isError, true);
  });
});
