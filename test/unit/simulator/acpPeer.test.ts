import assert from "node:assert/strict";
import { Readable, Writable } from "node:stream";
import * as acp from "@agentclientprotocol/sdk";
import { deniedText, expectedAnswer } from "../../fixtures/simulator/answers.ts";
import { fake, fakeSay } from "../../fixtures/simulator/directive.ts";
import { endSimulators, type SimulatorProcess, spawnSimulator } from "../../support/simulator.ts";

const WORDS = 12;
type PermissionRequest = acp.RequestPermissionRequest;
type PermissionResponse = acp.RequestPermissionResponse;

/** A session of the official client library, which none of us wrote: what it accepts is ACP. */
type Peer = {
  readonly simulator: SimulatorProcess;
  readonly agent: acp.ClientContext;
  readonly updates: acp.SessionNotification[];
  readonly extensions: string[];
  newSession(): Promise<string>;
  prompt(sessionId: string, text: string): Promise<acp.PromptResponse>;
  text(sessionId: string): string;
};

async function connect(
  onPermission: (request: PermissionRequest) => Promise<PermissionResponse>,
  env: Readonly<Record<string, string>> = {},
): Promise<Peer> {
  const simulator = spawnSimulator(["acp"], env);
  const { stdin, stdout } = simulator.child;
  assert.ok(stdin !== null && stdout !== null);
  const updates: acp.SessionNotification[] = [];
  const extensions: string[] = [];
  const stream = acp.ndJsonStream(Writable.toWeb(stdin), Readable.toWeb(stdout) as ReadableStream<Uint8Array>);
  const { agent } = acp
    .client({ name: "test" })
    .onRequest(acp.methods.client.session.requestPermission, ({ params }) => onPermission(params))
    .onNotification(acp.methods.client.session.update, ({ params }) => void updates.push(params))
    .onNotification("*", ({ method }) => void extensions.push(method))
    .connect(stream);
  const initialized = await agent.request(acp.methods.agent.initialize, {
    protocolVersion: acp.PROTOCOL_VERSION,
    clientCapabilities: {},
  });
  assert.equal(initialized.protocolVersion, 1);
  assert.equal(initialized.agentInfo?.name, "Kiro CLI Agent");
  const text = (sessionId: string): string =>
    updates
      .filter((notification) => notification.sessionId === sessionId)
      .map(({ update }) =>
        update.sessionUpdate === "agent_message_chunk" && update.content.type === "text" ? update.content.text : "",
      )
      .join("");
  return {
    simulator,
    agent,
    updates,
    extensions,
    text,
    newSession: async () =>
      (await agent.request(acp.methods.agent.session.new, { cwd: process.cwd(), mcpServers: [] })).sessionId,
    prompt: async (sessionId, prompt) => {
      const response = await agent.request(acp.methods.agent.session.prompt, {
        sessionId,
        prompt: [{ type: "text", text: prompt }],
      });
      // The library may settle a request before it has handed over the notifications that came before its response.
      await new Promise((resolve) => setImmediate(resolve));
      return response;
    },
  };
}

const refuseAll = async (): Promise<PermissionResponse> => ({ outcome: { outcome: "cancelled" } });
const choose =
  (kind: acp.PermissionOptionKind) =>
  async ({ options }: PermissionRequest): Promise<PermissionResponse> => {
    const option = options.find((candidate) => candidate.kind === kind);
    return {
      outcome: option === undefined ? { outcome: "cancelled" } : { outcome: "selected", optionId: option.optionId },
    };
  };

describe("simulator ACP mode, seen by the official client", function () {
  afterEach(endSimulators);

  it("plays a turn: chunks of the answer, metadata before and metering after, end_turn", async () => {
    const peer = await connect(refuseAll);
    const sessionId = await peer.newSession();
    assert.deepEqual(await peer.prompt(sessionId, "Hello Kiro"), { stopReason: "end_turn" });
    assert.equal(peer.text(sessionId), expectedAnswer(1, "Hello Kiro", WORDS));
    assert.ok(peer.updates.length > 3);
    assert.deepEqual(peer.extensions, [
      "_kiro.dev/subagent/list_update",
      "_kiro.dev/commands/available",
      "_kiro.dev/metadata",
      "_kiro.dev/metadata",
    ]);
  });

  it("sends literal text raw, with its fences", async () => {
    const peer = await connect(refuseAll);
    const sessionId = await peer.newSession();
    const json = '```json\n{ "score": 75 }\n```';
    await peer.prompt(sessionId, fakeSay(json));
    assert.equal(peer.text(sessionId), json);
  });

  it("runs the turns of many sessions at the same time", async () => {
    const all = Promise.withResolvers<void>();
    let asked = 0;
    // No turn ends before all three have begun.
    const peer = await connect(async () => {
      if (++asked === 3) all.resolve();
      await all.promise;
      return refuseAll();
    });
    const sessions = await Promise.all([1, 2, 3].map(() => peer.newSession()));
    await Promise.all(sessions.map((id) => peer.prompt(id, fake("tool"))));
    assert.equal(asked, 3);
  });

  it("counts turns for each session alone", async () => {
    const peer = await connect(refuseAll);
    const sessions = await Promise.all([1, 2, 3].map(() => peer.newSession()));
    assert.equal(new Set(sessions).size, 3);
    await Promise.all(sessions.map((id, index) => peer.prompt(id, `first ${index}`)));
    await Promise.all(sessions.map((id, index) => peer.prompt(id, `second ${index}`)));
    for (const [index, id] of sessions.entries()) {
      assert.equal(
        peer.text(id),
        expectedAnswer(1, `first ${index}`, WORDS) + expectedAnswer(2, `second ${index}`, WORDS),
      );
    }
  });

  it("asks before its tool runs, and goes on when it is allowed", async () => {
    const asked: PermissionRequest[] = [];
    const peer = await connect((request) => {
      asked.push(request);
      return choose("allow_once")(request);
    });
    const sessionId = await peer.newSession();
    await peer.prompt(sessionId, `run ${fake("tool")}`);
    assert.equal(peer.text(sessionId), expectedAnswer(1, "run", WORDS));
    assert.equal(asked[0]?.toolCall.title, "Running: npm test");
    const tools = peer.updates
      .filter(({ update }) => update.sessionUpdate.startsWith("tool_call"))
      .map(({ update }) => ("status" in update ? update.status : undefined));
    assert.equal(tools.at(-1), "completed");
  });

  it("says that it was denied, and asks no more after allow_always", async () => {
    let kind: acp.PermissionOptionKind = "reject_once";
    let questions = 0;
    const peer = await connect((request) => {
      questions++;
      return choose(kind)(request);
    });
    const sessionId = await peer.newSession();
    await peer.prompt(sessionId, fake("tool"));
    assert.equal(peer.text(sessionId), deniedText);
    kind = "allow_always";
    await peer.prompt(sessionId, fake("tool"));
    await peer.prompt(sessionId, fake("tool"));
    assert.equal(questions, 2);
  });

  it("answers a cancelled turn with cancelled, and the next one is clean", async () => {
    const peer = await connect(refuseAll);
    const sessionId = await peer.newSession();
    const turn = peer.prompt(sessionId, fake("cancel"));
    await peer.simulator.until("some text", () => peer.simulator.stdout().includes("more-1-2 "));
    await peer.agent.notify(acp.methods.agent.session.cancel, { sessionId });
    assert.deepEqual(await turn, { stopReason: "cancelled" });
    peer.updates.length = 0;
    await peer.prompt(sessionId, "next");
    assert.equal(peer.text(sessionId), expectedAnswer(2, "next", WORDS));
  });

  it("takes a new model, and a new mode", async () => {
    const peer = await connect(refuseAll);
    const sessionId = await peer.newSession();
    assert.deepEqual(
      await peer.agent.request(acp.methods.agent.session.setMode, { sessionId, modeId: "kiro_planner" }),
      {},
    );
    assert.deepEqual(await peer.agent.request("session/set_model", { sessionId, modelId: "simulated-large" }), {});
  });

  it("tells an error with the cause in its data", async () => {
    const peer = await connect(refuseAll);
    const sessionId = await peer.newSession();
    await assert.rejects(peer.prompt(sessionId, fake("error")), {
      code: -32603,
      message: "Internal error",
      data: "Failed to send the request: dispatch failure (simulated)",
    });
  });

  it("exits 0 at the end of stdin", async () => {
    const peer = await connect(refuseAll);
    peer.simulator.stdin.end();
    assert.deepEqual(await peer.simulator.exited(), { code: 0, signal: null });
  });
});
