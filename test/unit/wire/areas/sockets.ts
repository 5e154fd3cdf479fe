import type { Area } from "../area.ts";
import type { Wire, WireSocket } from "../wire.ts";
import { fake } from "../../../fixtures/simulator/directive.ts";

/** The WebSocket. */
export const sockets: Area = {
  name: "sockets",
  options: { lanes: { concurrency: 1, maxQueued: 1 }, limits: { maxBodyBytes: 4000 } },
  play: async (wire) => {
    const socket = await wire.socket();
    await socket.events("hello", ({ type }) => type === "connection-ready");
    await badMessages(socket);
    await requests(wire, socket);
    await prompts(socket);
    await socket.events(
      "all events of one socket",
      ({ type, output }) => type === "command-completed" && output === "the end",
    );
    await subscriptions(wire);
    await ends(wire);
  },
};

async function badMessages(socket: WireSocket): Promise<void> {
  const messages: readonly (readonly [name: string, text: string, id: unknown])[] = [
    ["no JSON", "{", null],
    ["a text", '"hello"', null],
    ["a list", '[{"id":"l1"}]', null],
    ["no id", '{"method":"status"}', null],
    ["an id that is no text", '{"id":{},"method":"status"}', null],
    ["a long id", `{"id":"${"i".repeat(101)}","method":"status"}`, "i".repeat(101)],
    ["no method", '{"id":"m1"}', "m1"],
    ["an unknown method", '{"id":"m2","method":"nonsense"}', "m2"],
    ["a method that is no text", '{"id":"m3","method":1}', "m3"],
    ["a method of every object", '{"id":"m4","method":"constructor"}', "m4"],
    ["an unknown field", '{"id":"m5","method":"status","nonsense":1}', "m5"],
    ["a number as the id", '{"id":7,"method":"status","params":{"nonsense":1}}', 7],
    ["execute without params", '{"id":"m6","method":"execute"}', "m6"],
    ["execute without a request", '{"id":"m7","method":"execute","params":{}}', "m7"],
    ["execute with a bad request", '{"id":"m8","method":"execute","params":{"request":{"command":""}}}', "m8"],
    ["execute in the form of HTTP", '{"id":"m9","method":"execute","params":{"command":"test.echo"}}', "m9"],
    ["cancel without params", '{"id":"m10","method":"cancel"}', "m10"],
    ["input without params", '{"id":"m11","method":"input"}', "m11"],
    ["subscribe to an unknown type", '{"id":"m12","method":"subscribe","params":{"types":["nonsense"]}}', "m12"],
    ["subscribe since a text", '{"id":"m13","method":"subscribe","params":{"since":"1"}}', "m13"],
    ["subscribe with an unknown field", '{"id":"m14","method":"subscribe","params":{"nonsense":1}}', "m14"],
  ];
  for (const [name, text, id] of messages) {
    // Several have no id: the answer is the next message with an error.
    const seen = socket.client.messages.length;
    await socket.send(
      `refuses ${name}`,
      text,
      (message) =>
        socket.client.messages.indexOf(message) >= seen && message["id"] === id && message["error"] !== undefined,
    );
  }
}

async function requests(wire: Wire, socket: WireSocket): Promise<void> {
  const execute = (name: string, request: object, more: object = {}) =>
    socket.ask(name, "execute", { request, ...more });
  await socket.ask("status", "status");
  await socket.ask("status with empty params", "status", {});
  await execute("execute", { command: "test.args", args: ["a", "b"] });
  await execute("execute with params", { command: "test.echo", params: [{ a: 1 }] });
  await execute("execute: a failing command", { command: "test.throws" });
  await execute("execute: an unknown command", { command: "test.unknown" });
  await execute("execute: a denied command", { command: "test.deleteAccount" });
  await execute("execute: a folder that is not open", { command: "test.echo", workspacePath: "/not/open" });
  await execute("execute: a deadline", { command: "test.waits", timeoutMs: 1 });
  await execute("execute: once", { command: "test.args", args: ["once"] }, { idempotencyKey: "ws-1" });
  await execute("execute: once, again", { command: "test.args", args: ["once"] }, { idempotencyKey: "ws-1" });
  await execute("execute: another with the key", { command: "test.args", args: ["twice"] }, { idempotencyKey: "ws-1" });
  await wire.execute("the key over HTTP", { command: "test.args", args: ["once"] }, { "Idempotency-Key": "ws-1" });
  const first = await execute("respondAsync", { command: "test.waits", args: ["first"] }, { respondAsync: true });
  const second = await execute("respondAsync in the queue", { command: "test.waits" }, { respondAsync: true });
  await execute("execute: the queue is full", { command: "test.echo" });
  await socket.ask("cancel", "cancel", { executionId: idOf(second) });
  await socket.ask("cancel under the other name", "cancel", { id: idOf(first) });
  await socket.ask("cancel of an unknown execution", "cancel", { executionId: "exec-1-1-aaaaaa" });
  wire.bridge.gate.open();
  await socket.client.waitFor(({ type, output }) => type === "command-completed" && output === "first");
  await execute("execute: 8000 characters back", { command: "test.args", args: ["x".repeat(3000)] });
}

/** The CLI over a socket. */
async function prompts(socket: WireSocket): Promise<void> {
  const execute = (name: string, request: object, more: object = {}) =>
    socket.ask(name, "execute", { request, ...more });
  await execute("a prompt", { command: "Hello", target: "cli" });
  await execute("a question", { command: "kiro.cli.chat", args: [`May I ${fake("tool")}`] });
  const { executionId, questionId } = await socket.client.waitForType("user-input-required");
  await socket.ask("an answer that is no choice", "input", { executionId, type: "choice", value: "Perhaps" });
  await socket.ask("an answer", "input", { executionId, type: "choice", value: "Yes", questionId });
  await socket.client.waitFor((event) => event["type"] === "command-completed" && event["executionId"] === executionId);
  await socket.ask("an answer after the end", "input", { executionId, type: "choice", value: "Yes" });
  const holds = { command: `Hold ${fake("hang", { words: 0 })}`, target: "cli" };
  const held = await execute("a prompt that goes on", holds, { respondAsync: true });
  const isHeld = (event: Record<string, unknown>) => event["executionId"] === idOf(held);
  await socket.client.waitFor((event) => event["type"] === "command-output" && isHeld(event));
  await socket.ask("cancel of a prompt", "cancel", { executionId: idOf(held) });
  await socket.client.waitFor((event) => event["type"] === "command-cancelled" && isHeld(event));
  await execute("the last command", { command: "test.echo", args: ["the end"] });
}

async function subscriptions(wire: Wire): Promise<void> {
  const isLast = ({ type }: Record<string, unknown>) => type === "command-completed";
  const begun = await wire.execute("a command to subscribe to", { command: "test.args", args: ["subscribed"] });
  const id = String(begun.json["executionId"]);
  const urls = {
    "events of one execution": `/ws?since=0&executionId=${id}`,
    "events of one execution, under its other name": `/ws?since=0&id=${id}`,
    "events of some types": "/ws?since=0&types=command-completed,command-error",
    "events at the other path": `/api/kiro/events?since=0&executionId=${id}`,
    "events of another epoch": `/ws?since=999999&epoch=other&executionId=${id}`,
  };
  for (const [name, path] of Object.entries(urls)) {
    const socket = await wire.socket({ path });
    await socket.events(name, name === "events of some types" ? ({ output }) => output === '["subscribed"]' : isLast);
    socket.client.close();
  }
  const socket = await wire.socket();
  const { epoch, lastEventId } = await socket.client.waitForType("connection-ready");
  const ask = (name: string, params: object) => socket.ask(name, "subscribe", params);
  await ask("subscribe to one type", { types: ["command-started"] });
  await wire.execute("a command for it", { command: "test.args", args: ["third"] });
  await socket.client.waitFor(({ type, args }) => type === "command-started" && String(args) === "third");
  await ask("subscribe since an event", { since: lastEventId, epoch, types: ["command-completed"] });
  await socket.client.waitForType("command-completed");
  await ask("subscribe since an event that is still to come", { since: 999_999, executionId: id });
  await ask("subscribe to another epoch", { since: 1, epoch: "other", types: ["connection-ready"] });
  await ask("subscribe to one execution under its other name", { since: 0, id });
  await socket.client.waitFor(({ type, executionId }) => type === "command-completed" && executionId === id);
  await socket.ask("subscribe to everything", "subscribe");
  for (const query of ["since=-1", "since=x", "types=nonsense", "nonsense=1", `epoch=${"e".repeat(101)}`])
    await wire.refusedUpgrade(`refuses ${query.slice(0, 20)}`, `/ws?${query}`);
}

async function ends(wire: Wire): Promise<void> {
  const binary = await wire.socket();
  binary.client.webSocket.send(new Uint8Array([1, 2, 3]));
  await binary.closed("a binary message");
  const large = await wire.socket();
  large.client.webSocket.send("x".repeat(5000));
  await large.closed("a message that is too large");
  const bytes = await wire.socket();
  bytes.client.webSocket.send(new Uint8Array([0x22, 0xff, 0x22]), { binary: false });
  await bytes.closed("a message that is not UTF-8");
  const last = await wire.socket();
  wire.bridge.announceStop();
  await wire.refusedUpgrade("a socket while the bridge stops", "/ws");
  const running = last.ask("a command that is interrupted", "execute", { request: { command: "test.waits" } });
  await last.client.waitForType("command-started");
  await wire.bridge.stop();
  await running;
  await last.closed("a bridge that has stopped");
}

function idOf({ result }: Record<string, unknown>): unknown {
  return typeof result === "object" && result !== null ? Reflect.get(result, "executionId") : undefined;
}
