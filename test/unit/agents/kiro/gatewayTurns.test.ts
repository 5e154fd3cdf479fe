import assert from "node:assert/strict";
import { Emitter } from "../../../../src/base/events.ts";
import type { LentTools, ReadyAgent, TurnInput } from "../../../../src/core/commands/turnInput.ts";
import type { ModelCall } from "../../../../src/core/models/modelCall.ts";
import type { PromptBlock } from "../../../../src/core/models/promptBlock.ts";
import type { Execution } from "../../../../src/core/executions/execution.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { answerTo } from "../../../../src/protocol/input.ts";
import { fake, fakeCalls } from "../../../fixtures/simulator/directive.ts";
import { McpToolServer, textResult } from "../../../support/gateways/mcpToolServer.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";
import { generousLimits } from "./acp/simulatedAcp.ts";
import { KiroCliRig } from "./kiroCliRig.ts";

const image: PromptBlock = { type: "image", mimeType: "image/png", data: "iVBORw0KGgo=" };

describe("The input of a gateway, sent to Kiro CLI", () => {
  const rigs: KiroCliRig[] = [];
  const parked = new Emitter<boolean>();
  let clock: TestClock;
  beforeEach(() => {
    clock = new TestClock();
  });
  afterEach(async () => {
    clock.release();
    await Promise.all(rigs.splice(0).map((rig) => rig.dispose()));
  });

  const setUp = (
    env: Record<string, string> = {},
    more: ConstructorParameters<typeof KiroCliRig>[1] = {},
  ): KiroCliRig => {
    const rig = new KiroCliRig(env, more);
    rigs.push(rig);
    return rig;
  };
  const lent = (url = "http://127.0.0.1:9/lent/1"): LentTools => ({
    serverName: "client",
    url,
    headers: { Authorization: "Bearer once", "X-Other": "2" },
    toolNames: ["bash"],
    onDidPark: parked.event,
  });
  const begin = (rig: KiroCliRig, turn: TurnInput): Promise<Execution> =>
    rig.dispatcher.submit({ command: "kiro.cli.chat", args: ["Shown"], session: "s", turn });
  const ended = async (rig: KiroCliRig, turn: TurnInput): Promise<Execution> => {
    const execution = await begin(rig, turn);
    await execution.settled;
    return execution;
  };
  /** What the CLI was sent of one method. */
  const sent = (rig: KiroCliRig, method: string): Record<string, unknown>[] =>
    rig.log
      .records("stdin")
      .map(({ line }) => JSON.parse(String(line)))
      .filter((message) => message.method === method)
      .map(({ params }) => params);

  it("is refused if it is a call of a model", async () => {
    const rig = setUp();
    const call: ModelCall = { kind: "embed", request: { model: "small", input: ["One"] }, onResult: () => undefined };
    await assert.rejects(rig.dispatcher.submit({ command: "kiro.cli.chat", turn: { content: [], call } }), {
      code: "VALIDATION_FAILED",
    });
    assert.deepEqual(rig.kiro.sessions(), []);
  });

  it("arrives as blocks, and the record shows only the text of the request", async () => {
    const rig = setUp();
    const content: PromptBlock[] = [{ type: "text", text: "Look at this" }, image];
    const execution = await ended(rig, { content });
    assert.deepEqual([execution.status, execution.task.args], ["completed", ["Shown"]]);
    assert.deepEqual(
      sent(rig, "session/prompt").map(({ prompt }) => prompt),
      [content],
    );
    assert.equal(JSON.stringify(rig.events.read(0).events).includes(image.data), false);
  });

  it("may be longer than a prompt of the API", async () => {
    const rig = setUp();
    const text = `${fake("say", { text: "T0s=" })} ${"history ".repeat(150_000)}`;
    const { status, output } = await ended(rig, { content: [{ type: "text", text }] });
    assert.deepEqual([status, output.text], ["completed", "OK"]);
  });

  it("is what there is to recall when the CLI has lost the conversation", async () => {
    const rig = setUp();
    const ready: ReadyAgent[] = [];
    const turn = (words: string): TurnInput => ({
      content: [{ type: "text", text: words }],
      recall: [{ type: "text", text: `All, ${words}` }],
      onReady: (agent) => ready.push(agent),
    });
    await ended(rig, turn("one"));
    await ended(rig, turn(`two ${fake("crash")}`));
    await ended(rig, turn("three"));
    assert.deepEqual(
      sent(rig, "session/prompt").map(({ prompt }) => prompt),
      ["All, one", `two ${fake("crash")}`, "All, three"].map((text) => [{ type: "text", text }]),
    );
    assert.deepEqual(
      ready.map(({ isNewConversation, takesTools }) => [isNewConversation, takesTools]),
      [
        [true, true],
        [false, true],
        [true, true],
      ],
    );
  });

  it("is not sent if the gateway refuses, and the request counts as one that ran nothing", async () => {
    const rig = setUp();
    const refusal = new BridgeError("KIRO_UNAVAILABLE", "The client has gone.");
    const execution = await ended(rig, {
      content: [{ type: "text", text: "Hello" }],
      onReady: () => {
        throw refusal;
      },
    });
    assert.deepEqual([execution.failure, execution.ranNothing], [refusal, true]);
    assert.deepEqual(sent(rig, "session/prompt"), []);
  });

  it("is rejected with an image that the CLI does not take", async () => {
    const rig = setUp({ FAKE_KIRO_SCENARIO: "no-images" });
    const onReady = (): void => assert.fail("it was accepted");
    const { failure } = await ended(rig, { content: [image], onReady });
    assert.deepEqual([failure?.code, failure?.context?.["field"]], ["VALIDATION_FAILED", "prompt"]);
    assert.deepEqual(sent(rig, "session/prompt"), []);
  });

  it("brings the client's tools to new and to loaded sessions", async () => {
    const rig = setUp({ FAKE_KIRO_SCENARIO: "load" });
    const content: PromptBlock[] = [{ type: "text", text: "Hello" }];
    await ended(rig, { content, tools: lent() });
    await ended(rig, { content, tools: lent() });
    await ended(rig, { content, tools: lent("http://127.0.0.1:9/lent/2") });
    const server = (url: string): object => ({
      type: "http",
      name: "client",
      url,
      headers: [
        { name: "Authorization", value: "Bearer once" },
        { name: "X-Other", value: "2" },
      ],
    });
    assert.deepEqual(
      ["session/new", "session/load"].map((method) => sent(rig, method).map(({ mcpServers }) => mcpServers)),
      [[[server("http://127.0.0.1:9/lent/1")]], [[server("http://127.0.0.1:9/lent/2")]]],
    );
  });

  it("brings no tools to a CLI without MCP over HTTP, which the gateway is told", async () => {
    const rig = setUp({ FAKE_KIRO_SCENARIO: "no-http-mcp" });
    const ready: ReadyAgent[] = [];
    const content: PromptBlock[] = [{ type: "text", text: "Hello" }];
    await ended(rig, { content, tools: lent(), onReady: (agent) => ready.push(agent) });
    assert.deepEqual(
      [ready.map(({ takesTools }) => takesTools), sent(rig, "session/new").map(({ mcpServers }) => mcpServers)],
      [[false], [[]]],
    );
  });

  for (const { what, options, isAsked } of [
    { what: "allows the call of a lent tool once, without a question", options: {}, isAsked: false },
    {
      what: "asks about a command whose title has the name of a lent tool",
      options: { form: "hostile" },
      isAsked: true,
    },
    { what: "asks about a command that is called as a lent tool", options: { kind: "execute" }, isAsked: true },
  ]) {
    it(what, async () => {
      const rig = setUp();
      const server = await McpToolServer.start(["bash"]);
      try {
        const text = fakeCalls([[{ tool: "bash", args: { command: "ls" } }]], { ask: 1, ...options });
        const execution = await begin(rig, { content: [{ type: "text", text }], tools: lent(server.url) });
        if (isAsked) {
          await execution.answered;
          assert(execution.pendingInput !== undefined);
          rig.dispatcher.answer(answerTo(execution.id, execution.pendingInput, "No"));
        } else (await server.called(1))[0]?.answer(textResult("done"));
        await execution.settled;
        const result = isAsked ? "bash was not allowed: reject_once." : "bash returned: done";
        assert.deepEqual([execution.output.text, execution.questions], [`Answer 1 to: \n${result}`, isAsked ? 1 : 0]);
        const reply = isAsked ? "reject_once" : "allow_once";
        assert.deepEqual(
          rig.log.records("permission").map((record) => record["reply"]),
          [reply],
        );
        const { events } = rig.events.read(0);
        assert(events.some((event) => event.type === "tool-call" && event.title.includes("client/bash")));
      } finally {
        await server.dispose();
      }
    });
  }

  it("waits for the client longer than for the CLI", async () => {
    const rig = setUp();
    const prompt = `Hello ${fake("normal", { thinkMs: 600_000 })}`;
    const execution = await begin(rig, { content: [{ type: "text", text: prompt }], tools: lent() });
    await until(() => rig.log.records("turn").length === 1, "the prompt");
    parked.fire(true);
    clock.pass(2 * generousLimits.inactivityMs - 1000);
    assert.equal(execution.isSettled, false);
    parked.fire(false);
    clock.pass(generousLimits.inactivityMs);
    await execution.settled;
    assert.equal(execution.end.code, "OPERATION_TIMEOUT");
  });

  it("is answered by the model that it names, and later ones by the same", async () => {
    const rig = setUp();
    const model = async (name: Partial<TurnInput>): Promise<unknown> => {
      const content: PromptBlock[] = [{ type: "text", text: fake("report") }];
      return JSON.parse((await ended(rig, { content, ...name })).output.text).model;
    };
    assert.equal(await model({}), "auto");
    assert.equal(await model({ model: "auto" }), "auto");
    assert.equal(await model({ model: "simulated-small" }), "simulated-small");
    assert.equal(await model({}), "simulated-small");
    assert.deepEqual(
      sent(rig, "session/set_model").map(({ modelId }) => modelId),
      ["simulated-small"],
    );
  });

  it("is answered by the model that it names, also by the engine v3", async () => {
    const rig = setUp({ FAKE_KIRO_SCENARIO: "v3" });
    const content: PromptBlock[] = [{ type: "text", text: fake("report") }];
    const { output } = await ended(rig, { content, model: "simulated-large" });
    assert.equal(JSON.parse(output.text).model, "simulated-large");
  });

  it("is rejected if it names a model that the CLI does not have, before it is sent", async () => {
    const rig = setUp();
    const content: PromptBlock[] = [{ type: "text", text: "Hello" }];
    const onReady = (): void => assert.fail("it was accepted");
    const { failure } = await ended(rig, { content, model: "gpt-9", onReady });
    assert.deepEqual([failure?.code, failure?.context?.["vendorCode"]], ["NOT_FOUND", "model_not_found"]);
    assert.match(failure?.message ?? "", /it has auto, simulated-large, simulated-small/u);
    assert.deepEqual(sent(rig, "session/prompt"), []);
  });

  it("is shown as waiting for its client, and can be cancelled", async () => {
    const rig = setUp();
    const server = await McpToolServer.start(["bash"]);
    try {
      const content: PromptBlock[] = [{ type: "text", text: fakeCalls([[{ args: {} }]]) }];
      const execution = await begin(rig, { content, tools: lent(server.url) });
      const [call] = await server.called(1);
      assert(call !== undefined);
      const aborted = new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      parked.fire(true);
      assert.deepEqual([execution.status, execution.waitingFor], ["waiting-input", "caller-tool"]);
      assert.equal((await rig.dispatcher.cancel(execution.id)).how, "cooperative");
      await aborted;
      const { events } = rig.events.read(0);
      assert.deepEqual(
        events.flatMap((event) => (event.type === "tool-call" ? [`${event.title} ${event.by}`] : [])),
        ["client/bash caller"],
      );
    } finally {
      await server.dispose();
    }
  });

  for (const transport of ["oneshot", "pipe"] as const) {
    it(`is joined to one text over ${transport}, without images and tools`, async () => {
      const rig = setUp({}, { transport });
      const ready: ReadyAgent[] = [];
      const onReady = (agent: ReadyAgent): void => void ready.push(agent);
      const content: PromptBlock[] = [
        { type: "text", text: "one" },
        { type: "text", text: "two" },
      ];
      const { status } = await ended(rig, { content, tools: lent(), onReady });
      assert.deepEqual([status, ready.map(({ takesTools }) => takesTools)], ["completed", [false]]);
      const expected = transport === "pipe" ? "one ⏎ two" : "one\n\ntwo";
      assert.equal(rig.log.records("turn")[0]?.["prompt"], expected);
      const selected = await ended(rig, { content, model: "--resume" });
      const started = rig.log
        .records("start")
        .some(({ argv }) => Array.isArray(argv) && argv.includes("--model=--resume"));
      if (transport === "pipe") assert.equal(selected.failure?.context?.["field"], "model");
      else assert.deepEqual([selected.status, started], ["completed", true]);
      const refused = await ended(rig, { content: [image], onReady });
      assert.deepEqual([refused.failure?.code, ready.length], ["VALIDATION_FAILED", 1]);
      const long = await ended(rig, { content: [{ type: "text", text: "x".repeat(400_001) }], onReady });
      assert.deepEqual([long.failure?.context?.["rule"], ready.length], ["too_big", 1]);
    });
  }
});
