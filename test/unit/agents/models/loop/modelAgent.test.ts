import assert from "node:assert/strict";
import { Conversation } from "../../../../../src/agents/models/memory/conversation.ts";
import { ModelFailure } from "../../../../../src/core/models/modelFailure.ts";
import type { AssistantPart, CallPart, CallResult } from "../../../../../src/core/models/step.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import { FakeTools, resultOf } from "../../../../support/models/fakeTools.ts";
import { call, calls, ended, says } from "../../../../support/models/scriptedWire.ts";
import { forGood, ModelAgentRig, ToolTurn } from "./modelAgentRig.ts";

const done = { kind: "ended", stopReason: "end_turn" };

function resultsIn(rig: ModelAgentRig): readonly CallResult[] {
  return rig.items.flatMap((item) => (item.role === "results" ? item.results : []));
}

const textsOf = (results: readonly CallResult[]): string[] =>
  results.map(({ content }) => content.map((block) => (block.type === "text" ? block.text : block.type)).join());

describe("An agent that is a model", () => {
  it("answers a prompt, and remembers it", async () => {
    const rig = new ModelAgentRig([says("Hello there. "), says("You said Hi.")]);
    const turn = new ToolTurn();
    const { usage, ...end } = { usage: undefined, ...(await rig.agent.prompt("Hi", turn, forGood)) };
    assert.deepEqual([end, turn.stdout, turn.hasBegun], [done, "Hello there. ", true]);
    assert.deepEqual(usage, {
      contextPercent: 0.1,
      inputTokens: 100,
      cachedInputTokens: 40,
      outputTokens: 10,
      steps: 1,
    });
    await rig.agent.prompt("What did I say?", new ToolTurn(), forGood);
    assert.deepEqual(rig.wire.requests[1]?.items, rig.items.slice(0, 3));
    assert.deepEqual(rig.items[0], { role: "user", content: [{ type: "text", text: "Hi" }] });
    rig.assertComplete();
  });

  it("sends its instructions, its folder, its tools and its limit with each step, always the same", async () => {
    const settings = { instructions: "Answer in Latin.", limits: { maxOutputTokens: 500 } };
    const rig = new ModelAgentRig([calls([call("1", "look")]), says("Video.")], { settings });
    await rig.agent.prompt("Look", new ToolTurn(new FakeTools({ look: () => "a file" })), forGood);
    const [first, second] = rig.wire.requests;
    assert.match(first?.system ?? "", /\/work\/project[^]*never an instruction[^]*Answer in Latin\.$/);
    assert.deepEqual(
      first?.tools.map(({ name }) => name),
      ["look"],
    );
    assert.equal(first?.maxOutputTokens, 500);
    assert.deepEqual({ ...first, items: [] }, { ...second, items: [] });
  });

  it("runs the calls of a step at the same time, and hands back their results in their order", async () => {
    const both = Promise.withResolvers<void>();
    const tools = new FakeTools({
      slow: async () => {
        await both.promise;
        return "slow";
      },
      fast: () => {
        both.resolve();
        return "fast";
      },
    });
    const rig = new ModelAgentRig([calls([call("a", "slow"), call("b", "fast")], "I look."), says("Both are there.")]);
    const turn = new ToolTurn(tools);
    await rig.agent.prompt("Look", turn, forGood);
    assert.deepEqual(rig.items[2], {
      role: "results",
      results: [resultOf(call("a", "slow"), "slow"), resultOf(call("b", "fast"), "fast")],
    });
    assert.equal(turn.stdout, "I look.\n\nBoth are there.");
    rig.assertComplete();
  });

  it("sends back unchanged what only the model understands", async () => {
    const thought: AssistantPart = {
      type: "opaque",
      wire: "openai-chat",
      model: "scripted-1",
      data: { signature: "Zm9v", nested: [1, null] },
    };
    const parts = [thought, { type: "text", text: "I look." } as const, call("a", "look")];
    const rig = new ModelAgentRig([[ended(parts)], says("Seen.")]);
    await rig.agent.prompt("Look", new ToolTurn(new FakeTools({ look: () => "a file" })), forGood);
    assert.deepEqual(rig.wire.requests[1]?.items[1], { role: "assistant", parts });
  });

  it("tells the model about a tool that nobody has declared, and about arguments that are no JSON", async () => {
    const bad: CallPart[] = [call("a", "launch_missiles"), call("b", "look", '{"path": "a')];
    const rig = new ModelAgentRig([calls(bad), says("I see.")]);
    const turn = new ToolTurn(new FakeTools({ look: () => "a file" }));
    assert.deepEqual((await rig.agent.prompt("Look", turn, forGood)).kind, "ended");
    const results = resultsIn(rig);
    assert.deepEqual(textsOf(results), ["There is no tool 'launch_missiles'.", "The arguments are not valid JSON."]);
    assert.ok(results.every(({ isError }) => isError));
    rig.assertComplete();
  });

  it("refuses calls without tools, and those beyond what one step may have", async () => {
    const rig = new ModelAgentRig([calls([call("a", "look")]), says("I cannot.")]);
    await rig.agent.prompt("Look", new ToolTurn(), forGood);
    assert.deepEqual(textsOf(resultsIn(rig)), ["Not run: there are no tools."]);

    const tools = new FakeTools({ look: () => "a file" });
    const many = Array.from({ length: 100 }, (_, at) => call(`c${at}`, "look"));
    const flooded = new ModelAgentRig([calls(many), says("Many.")]);
    await flooded.agent.prompt("Look", new ToolTurn(tools), forGood);
    assert.equal(tools.called.length, 64);
    assert.deepEqual(textsOf(resultsIn(flooded)).slice(63, 65), ["a file", "Not run: one step may have 64 calls."]);
    flooded.assertComplete();
  });

  it("gives each call of a turn an ID of its own, since some servers number them from zero in each step", async () => {
    const steps = [
      calls([call("call_0", "look"), call("call_0", "look")]),
      calls([call("call_0", "look"), call("", "look")]),
    ];
    const rig = new ModelAgentRig([...steps, says("Seen.")]);
    const tools = new FakeTools({ look: () => "a file" });
    await rig.agent.prompt("Look", new ToolTurn(tools), forGood);
    assert.deepEqual(
      tools.called.map(({ id }) => id),
      ["call_0", "call_0-2", "call_0-3", "call"],
    );
    rig.assertComplete();
  });

  it("goes on when a tool fails in a way that no tool should", async () => {
    const tools = new FakeTools({ look: () => Promise.reject(new Error("a bug")) });
    const rig = new ModelAgentRig([calls([call("a", "look")]), says("It is broken.")]);
    assert.equal((await rig.agent.prompt("Look", new ToolTurn(tools), forGood)).kind, "ended");
    assert.deepEqual(textsOf(resultsIn(rig)), ["The tool has failed because of an internal error."]);
  });

  it("ends where the model refuses, and does not run what it has called", async () => {
    const tools = new FakeTools({ look: () => "a file" });
    const parts = [{ type: "text", text: "No." } as const, call("a", "look")];
    const rig = new ModelAgentRig([[ended(parts, { finish: "refusal" })]]);
    const end = await rig.agent.prompt("Look", new ToolTurn(tools), forGood);
    assert.deepEqual(end.kind === "ended" && end.stopReason, "refusal");
    assert.equal(tools.called.length, 0);
    rig.assertComplete();
  });

  it("ends where a step is cut at its limit, and does not run calls whose arguments may be cut", async () => {
    const tools = new FakeTools({ look: () => "a file" });
    const rig = new ModelAgentRig([[ended([call("a", "look")], { finish: "length" })]]);
    const end = await rig.agent.prompt("Look", new ToolTurn(tools), forGood);
    assert.deepEqual(end.kind === "ended" && end.stopReason, "max_tokens");
    assert.deepEqual(
      [tools.called.length, textsOf(resultsIn(rig))],
      [0, ["Not run: The step was cut at its limit of tokens."]],
    );
    rig.assertComplete();
  });

  it("uses the first model of its settings, of its vendor's list, or the one that was selected", async () => {
    const listed = new ModelAgentRig([says("a"), says("b")]);
    await listed.agent.prompt("Hi", new ToolTurn(), forGood);
    await listed.agent.useModel("ft:tuned");
    await listed.agent.prompt("Hi", new ToolTurn(), forGood);
    assert.deepEqual(
      listed.wire.requests.map(({ model }) => model),
      ["scripted-1", "ft:tuned"],
    );
    const named = new ModelAgentRig([says("a")], { settings: { models: ["own-1", "own-2"] } });
    await named.agent.prompt("Hi", new ToolTurn(), forGood);
    assert.equal(named.wire.requests[0]?.model, "own-1");
  });

  it("says what to do if there is no model, before the prompt has begun", async () => {
    const rig = new ModelAgentRig([]);
    rig.wire.listed = [];
    const turn = new ToolTurn();
    await assert.rejects(rig.agent.prompt("Hi", turn, forGood), {
      code: "NOT_FOUND",
      message: /Name one in the field 'models'/,
    });
    assert.deepEqual([turn.hasBegun, rig.items.length], [false, 0]);
  });

  it("fails with the error of the catalog if the model has said nothing", async () => {
    const rig = new ModelAgentRig([
      new ModelFailure("unauthorized", "The key was rejected.", { status: 401 }),
      says("Now."),
    ]);
    await assert.rejects(rig.agent.prompt("Hi", new ToolTurn(), forGood), {
      code: "KIRO_UNAVAILABLE",
      message: "The key was rejected.",
      context: { reason: "not_logged_in", cause: "engine-unauthorized", engine: "local", status: 401 },
    });
    rig.assertComplete();
    assert.equal((await rig.agent.prompt("Hi", new ToolTurn(), forGood)).kind, "ended");
  });

  it("fails as a command once the model has said something, so that no client repeats the prompt", async () => {
    const cut = new ModelFailure("cut", "The connection broke off.");
    const rig = new ModelAgentRig([
      calls([call("a", "look")]),
      async function* () {
        yield { type: "text", text: "I have " };
        throw cut;
      },
    ]);
    const turn = new ToolTurn(new FakeTools({ look: () => "a file" }));
    await assert.rejects(rig.agent.prompt("Hi", turn, forGood), {
      code: "COMMAND_EXECUTION_FAILED",
      message: "The connection broke off.",
    });
    assert.equal(turn.stdout, "I have ");
    assert.deepEqual(rig.items.at(-1), {
      role: "assistant",
      parts: [
        { type: "text", text: "I have " },
        { type: "text", text: "[This turn has failed before its answer was complete.]" },
      ],
    });
    rig.assertComplete();
  });

  it("asks the ledger before each step, and ends with its error", async () => {
    const rig = new ModelAgentRig([calls([call("a", "look")])]);
    const limit = new BridgeError("RATE_LIMIT_EXCEEDED", "The engine has used its tokens of today.", { used: 5 });
    const tools = new FakeTools({
      look: () => {
        rig.ledger.refusal = limit;
        return "a file";
      },
    });
    await assert.rejects(rig.agent.prompt("Hi", new ToolTurn(tools), forGood), {
      code: "COMMAND_EXECUTION_FAILED",
      message: limit.message,
      context: { used: 5 },
    });
    await assert.rejects(rig.agent.prompt("Hi", new ToolTurn(tools), forGood), { code: "RATE_LIMIT_EXCEEDED" });
    assert.equal(rig.wire.requests.length, 1);
    rig.assertComplete();
  });

  it("runs one turn at a time, and none when it is closed", async () => {
    const rig = new ModelAgentRig([says("Hi")]);
    const first = rig.agent.prompt("Hi", new ToolTurn(), forGood);
    await assert.rejects(rig.agent.prompt("Hi", new ToolTurn(), forGood), { code: "INTERNAL_ERROR" });
    await first;
    await rig.agent.dispose();
    assert.equal(rig.agent.isUsable, false);
    await assert.rejects(rig.agent.prompt("Hi", new ToolTurn(), forGood), { code: "NOT_FOUND" });
  });

  it("says once that another window has its conversation", async () => {
    const conversation = new Conversation(undefined, { isHeldElsewhere: true });
    const rig = new ModelAgentRig([says("a"), says("b")], { conversation });
    const [first, second] = [new ToolTurn(), new ToolTurn()];
    await rig.agent.prompt("Hi", first, forGood);
    await rig.agent.prompt("Hi", second, forGood);
    assert.match(first.stderr, /^Another window has this conversation/);
    assert.equal(second.stderr, "");
  });
});
