import assert from "node:assert/strict";
import { statusSchema } from "../../../src/protocol/status.ts";
import { commandListSchema } from "../../../src/protocol/status.ts";
import { executeResponseSchema } from "../../../src/protocol/executions.ts";
import { sessionListSchema } from "../../../src/protocol/chat.ts";
import { unavailable } from "../../../src/protocol/unavailable.ts";
import { fakeLibrary, FakeModels } from "../../support/models/fakeModels.ts";
import { type EngineBridge, startEngineBridge } from "../../support/models/startEngineBridge.ts";
import type { AgentTools } from "../../../src/core/models/agentTools.ts";

const noTools: AgentTools = { list: [], call: () => Promise.reject(new Error("unused")) };

describe("The engines of a bridge", () => {
  let models: FakeModels;
  let rig: EngineBridge;
  let loads = 0;
  beforeEach(async () => {
    models = new FakeModels();
    loads = 0;
    rig = await startEngineBridge({
      engines: [{ id: "local", name: "Local", limits: { maxDailyTokens: 5000 } }, { id: "other" }],
      loadEngines: async () => {
        loads++;
        return fakeLibrary(models, async () => noTools);
      },
    });
  });
  afterEach(() => rig.dispose());

  const chat = async (prompt: string, more: object = {}) => {
    const { json } = await rig.run("local", "chat", [prompt], more);
    return executeResponseSchema.parse(json);
  };
  const engines = async () => statusSchema.parse((await rig.bridge.call("/api/kiro/status")).json).engines;

  it("answer prompts by their commands, and by their ID as the target, in sessions of their own", async () => {
    const first = await chat("ok one");
    assert.deepEqual([first.success, first.status, first.sessionId], [true, "completed", "sess-local-1"]);
    const second = await rig.bridge.execute({ command: "ok two", target: "local" });
    assert.equal(executeResponseSchema.parse(second.json).sessionId, "sess-local-1");
    assert.deepEqual(models.starts.last.prompts, ["ok one", "ok two"]);
    assert.deepEqual(models.starts.last.request.place, { name: "default", ownerId: undefined });
    const third = await rig.bridge.execute({ command: "ok three", target: "other" });
    assert.equal(executeResponseSchema.parse(third.json).sessionId, "sess-other-1");
  });

  it("read the bundle of models at the first prompt, once, and release it with the bridge", async () => {
    assert.equal(loads, 0);
    await Promise.all([chat("ok"), rig.run("other", "chat", ["ok"])]);
    assert.equal(loads, 1);
    await rig.dispose();
    assert.deepEqual([models.isDisposed, models.starts.alive], [true, 0]);
  });

  it("have used nothing before, which is known without the bundle", async () => {
    const usage = await rig.bridge.core.enginesModule?.usage();
    const nothing = { steps: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
    assert.deepEqual(usage?.engines, [
      { engine: "local", ...nothing, maxDailyTokens: 5000 },
      { engine: "other", ...nothing },
    ]);
    assert.deepEqual([usage.principals, usage.sessions, loads], [[], [], 0]);
    assert.equal(new Date(usage.resetsAt).toTimeString().slice(0, 8), "00:00:00");
  });

  it("list, renew, cancel and close their sessions", async () => {
    await chat("ok", { session: "mine" });
    const listed = executeResponseSchema.parse((await rig.run("local", "listSessions")).json);
    assert.deepEqual(
      sessionListSchema.parse(listed.result).sessions.map(({ id, name, state }) => [id, name, state]),
      [["sess-local-1", "mine", "idle"]],
    );
    const renewed = executeResponseSchema.parse((await rig.run("local", "newSession", ["mine"])).json);
    assert.match(renewed.output, /sess-local-2/);
    const cancelled = executeResponseSchema.parse((await rig.run("local", "cancel", ["mine"])).json);
    assert.deepEqual(cancelled.result, { cancelled: false, sessionId: "sess-local-2" });
    await rig.run("local", "closeSession", ["mine"]);
    const { result } = executeResponseSchema.parse((await rig.run("local", "listSessions")).json);
    assert.deepEqual(result, { sessions: [] });
  });

  it("show their state as their last prompt has ended", async () => {
    assert.deepEqual(
      (await engines())?.map(({ id, name, wire, state }) => [id, name, wire, state]),
      [
        ["local", "Local", "openai-chat", "unknown"],
        ["other", "other", "openai-chat", "unknown"],
      ],
    );
    models.starts.failure = unavailable("engine-unauthorized", "The key was rejected.");
    const refused = await rig.run("local", "chat", ["ok"]);
    assert.equal(refused.status, 503);
    const [local] = (await engines()) ?? [];
    assert.deepEqual(
      [local?.state, local?.cause, local?.detail],
      ["unavailable", "engine-unauthorized", "The key was rejected."],
    );
    models.starts.failure = undefined;
    await chat("ok");
    assert.deepEqual(
      (await engines())?.map(({ state, sessions }) => [state, sessions]),
      [
        ["ready", 1],
        ["unknown", 0],
      ],
    );
    const own = executeResponseSchema.parse((await rig.run("local", "status")).json);
    assert.deepEqual(own.result, { id: "local", name: "Local", wire: "openai-chat", sessions: 1, state: "ready" });
  });

  it("run nothing in an untrusted workspace, and say so", async () => {
    rig.bridge.core.window.isTrusted = false;
    const refused = await rig.run("local", "chat", ["ok"]);
    assert.deepEqual([refused.status, loads], [503, 0]);
    assert.match(refused.text, /workspace-untrusted/);
    assert.deepEqual(
      (await engines())?.map(({ state }) => state),
      ["off", "off"],
    );
    assert.deepEqual(await rig.bridge.core.enginesModule?.directory.models("local", new AbortController().signal), []);
  });

  it("are listed with their commands", async () => {
    const { json } = await rig.bridge.call("/api/kiro/commands?query=kiro.engines.local");
    assert.deepEqual(
      commandListSchema.parse(json).commands.map(({ id, title, source }) => [id, title, source]),
      [
        ["kiro.engines.local.cancel", "Cancel the prompt of a session of Local", "engine"],
        ["kiro.engines.local.chat", "Ask Local (the argument is the prompt)", "engine"],
        ["kiro.engines.local.closeSession", "Close a session of Local by ID or name", "engine"],
        ["kiro.engines.local.listSessions", "List the sessions of Local", "engine"],
        ["kiro.engines.local.newSession", "Start a new conversation in a session of Local", "engine"],
        ["kiro.engines.local.status", "Show the status of Local", "engine"],
      ],
    );
  });

  it("call their models for gateways alone", async () => {
    const refused = await rig.run("local", "complete", ["Hello"]);
    assert.equal(refused.status, 400);
    const call = { kind: "embed", request: { model: "small", input: ["One"] }, onResult: () => undefined } as const;
    const turn = { content: [], call };
    const { dispatcher } = rig.bridge.core;
    await assert.rejects(dispatcher.submit({ command: "kiro.engines.local.complete", turn }), {
      code: "VALIDATION_FAILED",
    });
    await assert.rejects(dispatcher.submit({ command: "kiro.engines.local.chat", turn }), {
      code: "VALIDATION_FAILED",
    });
    models.answer = async (_call, context) => {
      context.output("Two");
      return { kind: "completed", stopReason: "end_turn" };
    };
    const execution = await dispatcher.submit({ command: "kiro.engines.local.embed", args: ["One"], turn });
    await execution.settled;
    assert.deepEqual([execution.status, execution.output.text, execution.target], ["completed", "Two", "local"]);
    assert.equal(models.calls[0], call);
    assert.equal((await engines())?.[0]?.state, "ready");
  });

  it("cancel a call of a model with its execution", async () => {
    const called = Promise.withResolvers<void>();
    models.answer = (_call, { signal }) => {
      called.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const call = { kind: "embed", request: { model: "small", input: ["One"] }, onResult: () => undefined } as const;
    const { dispatcher } = rig.bridge.core;
    const execution = await dispatcher.submit({ command: "kiro.engines.local.embed", turn: { content: [], call } });
    await called.promise;
    assert.deepEqual(await dispatcher.cancel(execution.id), { status: "cancelled", how: "cooperative" });
  });
});
