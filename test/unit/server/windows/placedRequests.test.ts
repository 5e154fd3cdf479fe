import assert from "node:assert/strict";
import { ownerProgram } from "../../../../src/core/access/principal.ts";
import { PastExecution } from "../../../../src/core/executions/pastExecution.ts";
import type { Question } from "../../../../src/core/ports.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { EchoTerminal } from "../../../support/programs/fakeTerminal.ts";
import { errorCodeOf, resultOf, SocketClient } from "../../../support/socketClient.ts";
import { FakeWindows, type LinkedBridges, startLinkedBridges } from "../../../support/windows/linkedBridges.ts";
import { until } from "../../../support/until.ts";

const question: Question = { prompt: "Which?", inputType: "choice", choices: ["left", "right"], safeAnswer: "left" };
const FOLDER = import.meta.dirname;
const toMember = { windowId: "member-window" };

describe("A request for another window", () => {
  let bridges: LinkedBridges;
  let release: (value: unknown) => void;
  /** The windows as the member sees them. */
  let ofMember: FakeWindows;

  beforeEach(async () => {
    const holding = Promise.withResolvers<unknown>();
    release = holding.resolve;
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => ({ kind: "completed", output: `you said ${await context.ask(question)}` });
    ofMember = new FakeWindows();
    bridges = await startLinkedBridges({
      member: {
        agent,
        windows: ofMember,
        folders: [FOLDER],
        terminals: { open: async () => new EchoTerminal() },
        commands: { "test.held": () => holding.promise },
      },
    });
  });

  afterEach(async () => {
    release(undefined);
    await bridges.dispose();
  });

  const begin = async (body: object): Promise<string> => {
    const { json } = await bridges.owner.execute({ ...body, ...toMember }, { Prefer: "respond-async" });
    return String(json["executionId"]);
  };

  it("is a prompt, an answer to its question, and its record", async () => {
    const { owner } = bridges;
    const asked = await owner.call("/kiro/chat", { body: { prompt: "Hello", workspacePath: FOLDER } });
    assert.equal(asked.status, 202);
    const { executionId, inputType: type } = asked.json;
    const answered = await owner.call("/api/kiro/input", { body: { executionId, type, value: "right" } });
    assert.equal(answered.status, 200);
    const record = await owner.call(`/api/kiro/executions/${String(executionId)}?wait=50`);
    assert.equal(record.json["output"], "you said right");
    assert.equal(record.json["windowId"], "member-window");
  });

  it("is a policy check, which is that of its window", async () => {
    bridges.member.core.policy.reconfigure(["*"], ["test.echo"]);
    const check = (body: object) => bridges.owner.call("/api/kiro/policy/check", { body });
    assert.equal((await check({ command: "test.echo" })).json["allowed"], true);
    assert.equal((await check({ command: "test.echo", ...toMember })).json["allowed"], false);
  });

  it("finds an execution that has ended there, also if its events are not known any more", async () => {
    const { owner, member } = bridges;
    const { json } = await member.execute({ command: "test.echo", args: ["a"] });
    const path = `/api/kiro/executions/${String(json["executionId"])}`;
    assert.equal((await owner.call(path)).json["output"], "a");
    owner.core.events.since = function* () {};
    assert.equal((await owner.call(path)).json["output"], "a");
    assert.match((await owner.call(`${path}/events`)).text, /event: command-completed/);
    assert.equal((await owner.call("/api/kiro/executions/exec-1-1-aaaaaa")).status, 404);
  });

  it("says that a window does not respond if that one may have the execution", async () => {
    bridges.link.end();
    const { status, json } = await bridges.owner.call("/api/kiro/executions/exec-1-1-aaaaaa");
    assert.equal(status, 503);
    assert.deepEqual(json["context"], { reason: "window_disconnected", cause: "window-gone" });
  });

  it("with a key goes where the first one went, or gets the interrupted execution of a window that has ended", async () => {
    const { owner, member, windows, other } = bridges;
    windows.keys.set("there", { kind: "window", window: other });
    const body = { command: "test.echo", args: ["a"] };
    const first = await owner.execute(body, { "Idempotency-Key": "there" });
    const second = await owner.execute(body, { "Idempotency-Key": "there" });
    assert.equal(second.json["executionId"], first.json["executionId"]);
    assert.equal(member.core.executions.all.size, 1);
    const ending = { id: "exec-1-1-aaaaaa", status: "interrupted", code: "KIRO_UNAVAILABLE", isFailure: true } as const;
    const more = { executionTimeMs: 5, exitCode: undefined, sessionId: undefined };
    windows.keys.set("past", { kind: "past", execution: new PastExecution({ ...ending, ...more }, undefined) });
    const past = await owner.execute(body, { "Idempotency-Key": "past" });
    assert.equal(past.status, 503);
    assert.equal(past.json["status"], "interrupted");
    assert.equal(past.json["executionId"], "exec-1-1-aaaaaa");
    const chat = await owner.call("/kiro/chat", { body: { prompt: "a" }, headers: { "Idempotency-Key": "past" } });
    assert.equal(chat.status, 503);
    assert.equal(chat.json["executionId"], "exec-1-1-aaaaaa");
    const stream = { "Idempotency-Key": "past", Accept: "text/event-stream" };
    const streamed = await owner.call("/kiro/chat", { body: { prompt: "a" }, headers: stream });
    assert.match(streamed.text, /event: error/);
    assert.equal(owner.core.executions.all.size, 0);
  });

  it("over a WebSocket has the same result as one for this window", async () => {
    const here = await SocketClient.open(bridges.member);
    const there = await SocketClient.open(bridges.owner);
    const request = { command: "test.echo", params: [{ a: [1, "ä"] }] };
    const own = resultOf(await here.ask("execute", { request }));
    const other = resultOf(await there.ask("execute", { request: { ...request, ...toMember } }));
    const same = { executionId: "", executionTimeMs: 0 };
    assert.deepEqual({ ...other, ...same }, { ...own, ...same });
    const missing = { command: "test.none" };
    const ownFailure = resultOf(await here.ask("execute", { request: missing }));
    const failure = resultOf(await there.ask("execute", { request: { ...missing, ...toMember } }));
    assert.deepEqual({ ...failure, ...same }, { ...ownFailure, ...same });
    const refused = await there.ask("execute", { request: { command: "_denied", ...toMember } });
    assert.equal(errorCodeOf(refused), "ACCESS_DENIED");
    const [execution] = [...bridges.member.core.executions.all.values()].slice(-1);
    assert.equal(execution?.requestedBy?.origin, "program");
    here.close();
    there.close();
  });

  it("over a WebSocket cancels, answers, repeats by key, and tells the status", async () => {
    const client = await SocketClient.open(bridges.owner);
    const chat = { command: "kiro.cli.chat", args: ["Hello"], ...toMember };
    const asked = resultOf(await client.ask("execute", { request: chat, idempotencyKey: "key" }));
    assert.equal(asked["requiresInput"], true);
    const again = resultOf(await client.ask("execute", { request: chat, idempotencyKey: "key" }));
    assert.equal(again["executionId"], asked["executionId"]);
    const { executionId } = asked;
    const wrong = await client.ask("input", { executionId, type: "choice", value: "middle" });
    assert.equal(errorCodeOf(wrong), "VALIDATION_FAILED");
    assert.equal(resultOf(await client.ask("input", { executionId, type: "choice", value: "left" }))["success"], true);
    const held = await begin({ command: "test.held" });
    await until(() => bridges.member.core.executions.get(held)?.status === "running");
    const status = resultOf(await client.ask("status"));
    assert.equal(status["status"], "busy");
    assert.equal(status["currentCommand"], "test.held");
    assert.equal(resultOf(await client.ask("cancel", { executionId: held }))["how"], "not-cancellable");
    assert.equal(errorCodeOf(await client.ask("cancel", { executionId: "exec-1-1-aaaaaa" })), "NOT_FOUND");
    client.close();
  });

  it("opens a terminal there, by its ID or a path", async () => {
    const { owner, member } = bridges;
    for (const query of ["windowId=member-window", `workspacePath=${encodeURIComponent(FOLDER)}`]) {
      const { webSocket } = new SocketClient(owner.port, { path: `/terminal?${query}`, protocols: [] });
      webSocket.removeAllListeners("message");
      const { promise: echoed, resolve } = Promise.withResolvers<string>();
      webSocket.on("message", (data) => resolve(Buffer.isBuffer(data) ? data.toString() : ""));
      webSocket.on("open", () => webSocket.send("hello"));
      assert.match(await echoed, /hello/);
      assert.equal(member.core.clients.list().filter(({ kind }) => kind === "terminal").length, 1);
      assert.equal(owner.core.clients.list().filter(({ kind }) => kind === "terminal").length, 1);
      webSocket.close();
      await until(() => member.core.clients.size === 0 && owner.core.clients.size === 0);
    }
    const refused = new SocketClient(owner.port, { path: "/terminal?windowId=none" });
    assert.equal((await refused.closed).code, 404);
    bridges.link.end();
    const gone = new SocketClient(owner.port, { path: "/terminal?windowId=member-window" });
    assert.equal((await gone.closed).code, 503);
  });

  it("that another window has forwarded is never forwarded again", async () => {
    const { other } = bridges;
    // As in the moment in which a member becomes the owner of the address.
    ofMember.others = [other];
    ofMember.focused = "member-window";
    const call = { method: "POST", path: "/api/kiro/execute", caller: ownerProgram } as const;
    const wrong = await other.call({ ...call, body: { command: "test.echo", windowId: "owner-window" } });
    assert.equal(wrong.status, 404);
    const right = await other.call({ ...call, body: { command: "test.echo", ...toMember } });
    assert.equal(right.status, 200);
    assert.equal(bridges.link.streams.size, 1);
  });
});
