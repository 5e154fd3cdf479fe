import { CREDITS } from "../../../fixtures/simulator/text/textBytes.ts";
import assert from "node:assert/strict";
import { type RawData, WebSocket } from "ws";
import { FakeTerminal } from "../../../support/programs/fakeTerminal.ts";
import { until } from "../../../support/until.ts";
import { KiroBridge, TOKEN } from "../routes/kiroBridge.ts";

function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : "";
}

/** A client which remembers what it was told. */
class Client {
  readonly socket: WebSocket;
  received = "";
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  constructor(port: number, protocols: readonly string[] = [], token: string | null = TOKEN) {
    const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/terminal`, [...protocols], { headers });
    this.socket.on("message", (data) => {
      this.received += textOf(data);
    });
    this.closed = new Promise((resolve) => {
      this.socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
      this.socket.once("error", () => resolve({ code: 0, reason: "" }));
    });
  }

  opened(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.socket.once("open", () => resolve(this));
      this.socket.once("error", reject);
    });
  }

  /** The HTTP status that came instead of a WebSocket. */
  refused(): Promise<number> {
    return new Promise((resolve) => {
      this.socket.once("unexpected-response", (request, response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
    });
  }
}

describe("WebSocket /terminal", () => {
  let handlers: KiroBridge;
  beforeEach(async () => {
    handlers = await new KiroBridge({ FAKE_KIRO_SCENARIO: "quiet" }).listen();
  });
  afterEach(() => handlers.dispose());

  const texts = (): Record<string, unknown>[] => handlers.rig.log.records("start").filter(isChat);

  it("transfers raw text in both directions, with one CLI for each connection", async () => {
    const [one, two] = await Promise.all([new Client(handlers.port).opened(), new Client(handlers.port).opened()]);
    one.socket.send("Hello ");
    one.socket.send("é 🦀\n");
    two.socket.send("Other\n");
    // Credits come over stderr, so they may arrive in the middle of the answer.
    const answerTo = ({ received }: Client): string => received.replace(CREDITS, "");
    await until(() => one.received.includes(CREDITS) && answerTo(one).includes("Answer 1 to: Hello é 🦀"));
    await until(() => two.received.includes(CREDITS) && answerTo(two).includes("Answer 1 to: Other"));
    assert(one.received.includes("\u001b[38;5;141m> \u001b[0m"), "colour codes and all");
    assert(!one.received.includes("Other"));
  });

  it("uses the JSON form when the client requests it", async () => {
    const client = await new Client(handlers.port, ["kiro-bridge", "kiro-terminal.json"]).opened();
    assert.equal(client.socket.protocol, "kiro-terminal.json");
    const heard: { type: string; data?: string; branch?: string; code?: number }[] = [];
    client.socket.on("message", (data) => heard.push(JSON.parse(textOf(data))));
    client.socket.send("no JSON");
    client.socket.send(JSON.stringify({ type: "resize", cols: 80 }));
    client.socket.send(JSON.stringify({ type: "input", data: "Hello\n" }));
    const said = (): string => heard.map(({ data = "" }) => data).join("");
    await until(() => said().includes(CREDITS) && said().replace(CREDITS, "").includes("Answer 1 to: Hello"));
    client.socket.send(JSON.stringify({ type: "input", data: "/quit\n" }));
    assert.deepEqual(await client.closed, { code: 1000, reason: "Kiro CLI ended: exit code 0" });
    assert.deepEqual(heard.at(-1), { type: "exit", code: 0, signal: null });
  });

  it("ends the process with the connection, however the connection ends", async () => {
    const clients = await Promise.all([new Client(handlers.port).opened(), new Client(handlers.port).opened()]);
    await until(() => handlers.rig.log.survivors().length === 2);
    clients[0]?.socket.close();
    clients[1]?.socket.terminate();
    await until(() => handlers.rig.log.survivors().length === 0);
  });

  it("reports the exit of the CLI", async () => {
    const client = await new Client(handlers.port).opened();
    await until(() => texts().length === 1);
    process.kill(Number(texts()[0]?.["pid"]), "SIGKILL");
    assert.deepEqual(await client.closed, { code: 1000, reason: "Kiro CLI ended: SIGKILL" });
  });

  for (const command of ["kiro.cli.chat", "kiro.cli.terminal"]) {
    it(`rejects connections when ${command} is denied, and closes open ones when it is denied later`, async () => {
      const client = await new Client(handlers.port).opened();
      await until(() => texts().length === 1);
      handlers.deny(command);
      client.socket.send("Hello from a forbidden prompt\n");
      const { code, reason } = await client.closed;
      assert.deepEqual([code, reason.includes(command)], [1008, true]);
      await until(() => handlers.rig.log.survivors().length === 0);
      assert.doesNotMatch(client.received, /Answer 1 to/u);
      assert.equal(await new Client(handlers.port).refused(), 403);
      assert.equal(texts().length, 1);
    });
  }

  it("rejects connections without the token and above the limit", async () => {
    assert.equal(await new Client(handlers.port, [], "wrong").refused(), 401);
    assert.equal(await new Client(handlers.port, [], null).refused(), 401);
    const browser = await new Client(handlers.port, ["kiro-bridge", `bearer.${TOKEN}`], null).opened();
    assert.equal(browser.socket.protocol, "kiro-bridge");
    await new Client(handlers.port).opened();
    assert.equal(await new Client(handlers.port).refused(), 429);
    await until(() => texts().length === 2);
  });

  it("delivers a flood completely to a slow reader", async () => {
    const client = await new Client(handlers.port).opened();
    const bytes = 16 * 1024 * 1024;
    client.socket.pause();
    client.socket.send(`[[fake:flood bytes=${bytes}]]\n`);
    await until(() => handlers.rig.log.records("stdin").length > 0);
    client.socket.resume();
    await until(() => client.received.includes("Time:"));
    assert(client.received.length > bytes);
  });

  it("applies backpressure to a CLI whose reader is slow", async () => {
    const fake = new FakeTerminal();
    handlers.terminals.open = () => Promise.resolve(fake);
    const client = await new Client(handlers.port).opened();
    client.socket.pause();
    for (let sent = 0; !fake.isPaused; sent++) {
      assert(sent < 256, "64 MB went out to a reader that takes nothing");
      fake.output.fire("x".repeat(256 * 1024));
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.socket.resume();
    await until(() => !fake.isPaused);
    client.socket.close();
    await until(() => fake.isDisposed);
  });

  it("rejects binary frames", async () => {
    const client = await new Client(handlers.port).opened();
    client.socket.send(Buffer.from("Hello\n"));
    assert.equal((await client.closed).code, 1003);
  });
});

function isChat({ argv }: Record<string, unknown>): boolean {
  return Array.isArray(argv) && argv.includes("chat");
}
