import type { Area } from "../area.ts";

/** No Kiro CLI is installed. */
export const noCli: Area = {
  name: "noCli",
  options: { hasCli: false },
  play: async (wire) => {
    const body = { prompt: "Hello" };
    await wire.call("a chat", "POST /kiro/chat", { body });
    await wire.call("a stream", "POST /kiro/chat", { body, headers: { Accept: "text/event-stream" } });
    await wire.execute("a prompt", { command: "Hello", target: "cli" });
    await wire.execute("a prompt with a key", { command: "Hello", target: "cli" }, { "Idempotency-Key": "no-cli" });
    await wire.execute("the same again", { command: "Hello", target: "cli" }, { "Idempotency-Key": "no-cli" });
    await wire.execute("status by a command", { command: "kiro.cli.status" });
    await wire.call("status", "GET /api/kiro/status?fields=status,cli");
    await wire.call("sessions", "GET /kiro/sessions");
    await wire.execute("the editor is there", { command: "test.echo", args: ["still here"] });
    await wire.call("the list", "GET /api/kiro/executions?status=failed");
  },
};

/** The page of the editor is gone. */
export const noWindow: Area = {
  name: "noWindow",
  options: { workbenchTickMs: 5 },
  play: async (wire) => {
    const socket = await wire.socket();
    wire.bridge.closeWindowInNextCommand();
    await wire.execute("a command that runs when the window goes", { command: "test.waits" });
    await socket.events("events", ({ type, status }) => type === "status-changed" && status === "unavailable");
    await wire.call("health", "GET /health");
    await wire.call("status", "GET /api/kiro/status?fields=status,reason,queue");
    await wire.execute("a command", { command: "test.echo" });
    await wire.execute("a command of the CLI", { command: "kiro.cli.listSessions" });
    await wire.call("policy", "POST /api/kiro/policy/check", { body: { command: "test.echo" } });
  },
};

/** More requests than a client may send. */
export const rateLimit: Area = {
  name: "rateLimit",
  options: { limits: { maxRequestsPerMinute: 3 } },
  play: async (wire) => {
    await wire.call("the first", "GET /api/kiro/status?fields=status");
    const socket = await wire.socket();
    await wire.execute("the third", { command: "test.echo" });
    await wire.execute("a command too many", { command: "test.echo" });
    await wire.call("a call too many", "GET /api/kiro/status?fields=status");
    await socket.ask("a message too many", "status");
    await wire.refusedUpgrade("a socket too many", "/ws");
    await wire.call("health is not counted", "GET /health");
    await wire.call("strangers are not counted", "GET /api/kiro/status", { isStranger: true });
  },
};

/** The bridge stops while commands run. */
export const stopping: Area = {
  name: "stopping",
  options: { lanes: { concurrency: 1, maxQueued: 5 } },
  play: async (wire) => {
    const socket = await wire.socket();
    const running = wire.execute("a command that is interrupted", { command: "test.waits" });
    await socket.client.waitForType("command-started");
    const queued = wire.execute("a command that is interrupted in the queue", { command: "test.waits" });
    const { executionId } = await socket.client.waitForType("command-queued");
    const stream = await wire.follow(
      "the events of an interrupted command",
      `/api/kiro/executions/${String(executionId)}/events`,
    );
    wire.bridge.announceStop();
    await wire.call("health", "GET /health");
    await wire.call("a call", "GET /api/kiro/status");
    await wire.execute("a command", { command: "test.echo" });
    await wire.call("the home page", "GET /");
    await wire.refusedUpgrade("a socket", "/ws");
    await socket.ask("a message over the socket", "status");
    await wire.bridge.stop();
    await Promise.all([running, queued]);
    await stream.until(/event: command-error/);
    await socket.closed("the socket of a bridge that stops");
  },
};

/** What is remembered over a restart. */
export const history: Area = {
  name: "history",
  options: { keepsHistory: true, lanes: { concurrency: 1, maxQueued: 5 } },
  play: async (wire) => {
    const { json } = await wire.execute("a command", { command: "test.args", args: ["remembered"] });
    await wire.execute("a command with params", { command: "test.args", params: [{ a: 1 }] });
    await wire.execute("a command that fails", { command: "test.throws" });
    await wire.begin("a command that is interrupted", { command: "test.waits" });
    await wire.call("the list before", "GET /api/kiro/executions");
    const socket = await wire.socket();
    const { epoch, lastEventId } = await socket.client.waitForType("connection-ready");
    await wire.bridge.restart();
    const path = `/api/kiro/executions/${String(json["executionId"])}`;
    await wire.call("the list after", "GET /api/kiro/executions");
    await wire.call("one page of the list", "GET /api/kiro/executions?limit=2");
    await wire.call("a search", "GET /api/kiro/executions?search=remembered");
    await wire.call("what was interrupted", "GET /api/kiro/executions?status=interrupted");
    await wire.call("a remembered execution", `GET ${path}`);
    await wire.call("its events are gone", `GET ${path}/events`);
    await wire.call("it cannot be cancelled", `POST ${path}/cancel`, { body: {} });
    await wire.execute("a command of the next life", { command: "test.args", args: ["new"] });
    const stream = await wire.follow("events behind those of the life before", "/api/kiro/events", {
      headers: { "Last-Event-ID": `${String(epoch)}:${String(lastEventId)}` },
    });
    await stream.until(/event: command-completed/);
  },
};
