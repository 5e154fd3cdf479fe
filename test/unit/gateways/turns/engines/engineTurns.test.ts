import assert from "node:assert/strict";
import { once } from "node:events";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import { FakePrincipals } from "../../../../support/fakePrincipals.ts";
import { calling, saying, stepEnd, telling, usage } from "../../../../support/gateways/fakeEngines.ts";
import { assistant, failureOf, read, request, result, system, tool, user } from "../turnsRig.ts";
import { EngineRig } from "./engineRig.ts";

describe("A request to a model of an engine", () => {
  let rig: EngineRig;
  beforeEach(() => {
    rig = new EngineRig();
  });
  afterEach(() => rig.dispose());

  it("is one execution of its engine, with an answer in pieces, and the tokens that the vendor has counted", async () => {
    rig.fast.answer = saying("Hello ", "world");
    const { text, last, response } = await rig.ask();
    assert.equal(text, "Hello world");
    assert.deepEqual(last, { type: "end", stopReason: "end", usage: { ...usage, isExact: true } });
    const execution = rig.core.executions.get(response.executionId);
    assert.deepEqual([execution?.task.command, execution?.task.args], ["kiro.engines.fast.complete", ["Hi"]]);
    assert.deepEqual([response.agent, response.session, response.estimated], ["fast", undefined, []]);
    assert.equal(rig.core.executions.all.size, 1);
  });

  it("is for the model in its name, the default of the engine, or the first one of the vendor", async () => {
    for (const model of ["fast/ft:small:org::1", "deep", "fast", "fast/", "mine"]) {
      rig.aliases = { mine: "fast/a/b" };
      await rig.ask({ model });
    }
    const models = (steps: typeof rig.fast.steps) => steps.map(({ model }) => model);
    assert.deepEqual(models(rig.fast.steps), ["ft:small:org::1", "small", "small", "a/b"]);
    assert.deepEqual(models(rig.deep.steps), ["thinker"]);
  });

  it("is refused if neither it nor its engine names a model", async () => {
    rig.fast.models = [];
    const error = await failureOf(rig.ask());
    assert.deepEqual([error.code, error.context?.["field"]], ["NOT_FOUND", "model"]);
    assert.match(error.message, /'fast\/<model>'/);
  });

  it("is led to the agents if no engine has its model", async () => {
    for (const model of ["kiro", "kiro/auto", "fastest"]) await assert.rejects(rig.ask({ model }), /agent/);
    assert.equal(rig.asksOfAgents.length, 3);
  });

  it("is answered by an engine in place of Kiro while that is unavailable, but only if it is for Kiro", async () => {
    rig.inPlaceOfKiro = "deep";
    for (const model of ["kiro", "kiro/auto"]) assert.equal((await rig.ask({ model })).response.agent, "deep");
    await assert.rejects(rig.ask({ model: "fastest" }), /agent/);
  });

  it("runs again when it is repeated, and names what has no effect", async () => {
    const asked = { replayKey: "same", idempotencyKey: "same", session: "mine" };
    const { response } = await rig.ask(asked);
    await rig.ask(asked);
    assert.equal(rig.core.executions.all.size, 2);
    assert.deepEqual(response.ignored, ["X-Kiro-Session", "Idempotency-Key"]);
  });

  it("has all that a model takes", async () => {
    await rig.ask({
      maxTokens: 50,
      stop: ["END"],
      answerSchema: { type: "object" },
      tools: [tool("read")],
      toolChoice: "required",
      parameters: { temperature: 0.5, topP: 0.9, reasoningEffort: "low", parallelCalls: false },
    });
    const { items: _items, ...rest } = rig.fast.steps[0] ?? {};
    assert.deepEqual(rest, {
      model: "small",
      system: "",
      tools: [tool("read")],
      toolChoice: "required",
      temperature: 0.5,
      topP: 0.9,
      reasoningEffort: "low",
      parallelCalls: false,
      maxOutputTokens: 50,
      stop: ["END"],
      answerSchema: { type: "object" },
    });
  });

  it("gets reasoning as activity, unless the user wants none", async () => {
    rig.fast.answer = telling({ type: "reasoning", text: "Hm." }, { type: "text", text: "Yes." }, stepEnd());
    const types = async () => (await rig.ask()).pieces.map(({ type }) => type);
    assert.deepEqual(await types(), ["activity", "text", "end"]);
    rig.activity = "none";
    assert.deepEqual(await types(), ["text", "end"]);
  });

  it("ends for the reasons that the model has", async () => {
    const endings = [
      [{ finish: "length" }, { stopReason: "length" }],
      [{ finish: "refusal" }, { stopReason: "refusal" }],
      [
        { finish: "stop-sequence", stopSequence: "END" },
        { stopReason: "stop-sequence", stopSequence: "END" },
      ],
    ] as const;
    for (const [given, expected] of endings) {
      rig.fast.answer = telling(stepEnd({ ...given, usage: { ...usage, isEstimated: true } }));
      assert.deepEqual((await rig.ask()).last, { type: "end", ...expected, usage });
    }
  });

  it("is cancelled when its client leaves, however slowly it has read", async () => {
    const aborted = Promise.withResolvers<unknown>();
    rig.fast.answer = async (call, { signal }) => {
      assert.ok(call.kind === "step");
      signal.addEventListener("abort", () => aborted.resolve(signal.reason));
      for (;;) {
        signal.throwIfAborted();
        await call.onEvent({ type: "text", text: "x" });
      }
    };
    const response = await rig.turns.respond(request([user("Hi")], { model: "fast" }));
    await response.accepted;
    response.leave();
    await aborted.promise;
    const execution = rig.core.executions.get(response.executionId);
    await execution?.settled;
    assert.equal(execution?.status, "cancelled");
  });

  it("may be repeated after a failure, but not after somebody has cancelled it", async () => {
    const error = new BridgeError("RATE_LIMIT_EXCEEDED", "Too many.");
    rig.fast.answer = () => Promise.reject(error);
    const response = await rig.turns.respond(request([user("Hi")], { model: "fast" }));
    await assert.rejects(response.accepted, error);
    assert.deepEqual((await read(response)).last, { type: "failed", error, hasBegun: false });

    rig.fast.answer = async (call, { signal }) => {
      if (call.kind === "step") await call.onEvent({ type: "text", text: "Half" });
      await once(signal, "abort");
      return { kind: "cancelled", how: "cooperative" };
    };
    const cancelled = await rig.turns.respond(request([user("Hi")], { model: "fast" }));
    await cancelled.accepted;
    await rig.core.dispatcher.cancel(cancelled.executionId);
    const { pieces } = await read(cancelled);
    assert.deepEqual(
      pieces.map(({ type }) => type),
      ["text", "failed"],
    );
    assert.equal(pieces[1]?.type === "failed" && pieces[1].hasBegun, true);
  });

  it("fails if its model ends without an end", async () => {
    rig.fast.answer = telling({ type: "text", text: "Half" });
    const { last } = await rig.ask();
    assert.equal(last?.type === "failed" && last.error.code, "INTERNAL_ERROR");
  });
});

describe("The tools of a client of a model", () => {
  let rig: EngineRig;
  beforeEach(() => {
    rig = new EngineRig();
  });
  afterEach(() => rig.dispose());

  const name = "files.read";

  it("have names that all vendors take, and their own ones again for the client", async () => {
    rig.fast.answer = async (call, context) => {
      const [lent] = call.kind === "step" ? call.request.tools : [];
      await calling({ id: "c1", name: lent?.name ?? "", arguments: "" })(call, context);
    };
    const { calls, last } = await rig.ask({ tools: [tool(name)], toolChoice: { tool: name } });
    assert.deepEqual(calls, [{ id: "c1", name, arguments: "{}" }]);
    assert.equal(last?.type === "end" && last.stopReason, "tool-use");
    const [step] = rig.fast.steps;
    assert.match(step?.tools[0]?.name ?? "", /^files_read_[0-9a-f]{8}$/);
    assert.deepEqual(step?.toolChoice, { tool: step?.tools[0]?.name });
  });

  it("come with their calls and results, in the order that vendors want", async () => {
    const call = { id: "c1", name: "read", arguments: "{}" };
    const other = { id: "c2", name: "list", arguments: "{}" };
    const messages = [system("Be brief."), user("Go"), assistant("I look.", [call, other]), user("And?")];
    await rig.ask({ tools: [tool("read")] }, [...messages, result("c1", "text", true), system("In French.")]);
    const [step] = rig.fast.steps;
    assert.equal(step?.system, "Be brief.\n\nIn French.");
    assert.deepEqual(step.items, [
      { role: "user", content: [{ type: "text", text: "Go" }] },
      {
        role: "assistant",
        parts: [
          { type: "text", text: "I look." },
          { type: "call", ...call },
          { type: "call", ...other },
        ],
      },
      {
        role: "results",
        results: [
          { callId: "c1", name: "read", content: [{ type: "text", text: "text" }], isError: true },
          {
            callId: "c2",
            name: "list",
            content: [{ type: "text", text: "The client has sent no result for this call." }],
            isError: true,
          },
        ],
      },
      { role: "user", content: [{ type: "text", text: "And?" }] },
    ]);
  });

  it("cannot have results of calls that the conversation does not have", async () => {
    const error = await failureOf(rig.ask({}, [user("Go"), result("c9", "text")]));
    assert.deepEqual([error.code, error.context?.["field"]], ["VALIDATION_FAILED", "messages[1]"]);
  });

  it("are called one by one for a client of the older form", async () => {
    const one = { id: "c1", name: "read", arguments: "{}" };
    rig.fast.answer = calling(one, { ...one, id: "c2" });
    const { calls } = await rig.ask({ tools: [tool("read")], takesOneCall: true });
    assert.deepEqual(calls, [one]);
    assert.equal(rig.fast.steps[0]?.parallelCalls, false);
  });

  it("get reasoning back that their protocol has no place for, unless it is another client's", async () => {
    const alice = new FakePrincipals().add("alice");
    const opaque = { type: "opaque", wire: "openai-chat", model: "small", data: { signature: "s" } } as const;
    const call = { type: "call", id: "c1", name: "read", arguments: "{}" } as const;
    rig.fast.answer = telling(stepEnd({ parts: [opaque, call], finish: "tool-calls" }));
    const { calls } = await rig.ask({ tools: [tool("read")] });
    const next = [user("Hi"), assistant("", calls), result("c1", "text")];
    await rig.ask({ tools: [tool("read")] }, next);
    await rig.ask({ tools: [tool("read")], as: alice }, next);
    const parts = rig.fast.steps.slice(1).map(({ items }) => items[1]?.role === "assistant" && items[1].parts);
    assert.deepEqual(parts, [[opaque, call], [call]]);
  });

  it("get no reasoning of another conversation whose server has counted the same calls", async () => {
    const opaque = { type: "opaque", wire: "openai-chat", model: "small", data: { signature: "s" } } as const;
    const call = { type: "call", id: "call_0", name: "read", arguments: '{"path":"mine","line":1}' } as const;
    rig.fast.answer = telling(
      stepEnd({ parts: [opaque, { type: "text", text: "Look." }, call], finish: "tool-calls" }),
    );
    await rig.ask({ tools: [tool("read")] });
    const sent = [
      { text: "Look.", arguments: '{"path":"theirs"}' },
      { text: "Something else.", arguments: call.arguments },
      { text: " Look.\n", arguments: '{ "line": 1, "path": "mine" }' },
    ];
    for (const { text, arguments: args } of sent) {
      const calls = [{ id: call.id, name: call.name, arguments: args }];
      await rig.ask({ tools: [tool("read")] }, [user("Hi"), assistant(text, calls), result(call.id, "text")]);
    }
    const parts = rig.fast.steps.slice(1).map(({ items }) => (items[1]?.role === "assistant" ? items[1].parts : []));
    const args = parts.map((of) => of.flatMap((part) => (part.type === "call" ? [part.arguments] : [])));
    assert.deepEqual(args, [['{"path":"theirs"}'], [call.arguments], [call.arguments]]);
    assert.deepEqual(
      parts.map((of) => of.some(({ type }) => type === "opaque")),
      [false, false, true],
    );
  });
});
