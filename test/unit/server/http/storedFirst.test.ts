import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import * as z from "zod";
import { RawConnection } from "../../../support/httpClient.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";

const MAIN = join(import.meta.dirname, "../../../support/exports/processes/dyingBridgeMain.ts");
const ready = z.object({ port: z.int() });
const chat = { model: "kiro", max_tokens: 100, messages: [{ role: "user", content: "Hello" }] };
const echo = { command: "test.echo", args: ["Hello"] };

const tool = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: {
    name: "run_command",
    arguments: { id: "test.echo", params: ["Hello"] },
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  },
};

/** What a client asks, and what it must not get before the end of the run is stored. */
interface Way {
  readonly ask: (connection: RawConnection) => void;
  readonly end: RegExp;
  /** Runs the command on another connection, if the first one only follows. */
  readonly from?: (connection: RawConnection) => void;
}

const ways: Readonly<Record<string, Way>> = {
  "a response": { ask: (connection) => post(connection, "/api/kiro/execute", echo), end: /"success":true/ },
  "the response of a chat": {
    ask: (connection) => post(connection, "/kiro/chat", { prompt: "Hello" }),
    end: /answer to Hello/,
  },
  "the stream of a chat": {
    ask: (connection) => post(connection, "/kiro/chat", { prompt: "Hello" }, "Accept: text/event-stream"),
    end: /event: done/,
  },
  "the stream of all events": {
    ask: (connection) => head(connection, "GET /api/kiro/events", ["Accept: text/event-stream", ""]),
    from: (connection) => post(connection, "/api/kiro/execute", echo),
    end: /command-completed/,
  },
  "a reply over a WebSocket": {
    ask: (connection) => {
      upgrade(connection, "/ws?types=connection-ready");
      sendFrame(connection, { id: 1, method: "execute", params: { request: echo } });
    },
    end: /"success":true/,
  },
  "an event over a WebSocket": {
    ask: (connection) => upgrade(connection, "/ws"),
    from: (connection) => post(connection, "/api/kiro/execute", echo),
    end: /command-completed/,
  },
  "a response in the form of OpenAI": {
    ask: (connection) => post(connection, "/v1/chat/completions", chat),
    end: /"finish_reason":"stop"/,
  },
  "a stream in the form of OpenAI": {
    ask: (connection) => post(connection, "/v1/chat/completions", { ...chat, stream: true }),
    end: /"finish_reason":"stop"/,
  },
  "a stream in the form of Anthropic": {
    ask: (connection) => post(connection, "/v1/messages", { ...chat, stream: true }),
    end: /message_stop/,
  },
  "a result of an MCP tool": {
    ask: (connection) =>
      post(
        connection,
        "/mcp",
        tool,
        "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: run_command",
      ),
    end: /structuredContent/,
  },
};

describe("The end of a run that must be stored before its answer goes out", () => {
  for (const [name, way] of Object.entries(ways)) {
    it(`is stored before ${name}`, async () => {
      const { child, port } = await startBridge("dies");
      const connection = await askAs(way, port);
      assert.doesNotMatch(await connection.ended, way.end);
      assert.equal(await signalOf(child), "SIGKILL");
    });
  }

  it("is told in each of these ways when it is stored", async () => {
    const { child, port } = await startBridge("lives");
    try {
      for (const way of Object.values(ways)) {
        const connection = await askAs(way, port);
        await connection.receives(way.end);
        connection.close();
      }
    } finally {
      child.kill("SIGKILL");
    }
  });
});

async function startBridge(fate: "dies" | "lives"): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(MAIN, [fate], { execArgv: ["--no-warnings"] });
  const [message]: unknown[] = await once(child, "message");
  return { child, port: ready.parse(message).port };
}

async function askAs({ ask, from }: Way, port: number): Promise<RawConnection> {
  const connection = await connectTo(port);
  ask(connection);
  if (from !== undefined) {
    await connection.receives(/connection-ready/);
    from(await connectTo(port));
  }
  return connection;
}

async function connectTo(port: number): Promise<RawConnection> {
  const connection = new RawConnection(port);
  await once(connection.socket, "connect");
  return connection;
}

async function signalOf(child: ChildProcess): Promise<string | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.signalCode;
}

function head(connection: RawConnection, request: string, lines: readonly string[]): void {
  const common = [
    `${request} HTTP/1.1`,
    `Host: 127.0.0.1:${connection.socket.remotePort}`,
    `Authorization: Bearer ${TEST_TOKEN}`,
  ];
  connection.write([...common, ...lines, ""].join("\r\n"));
}

function post(connection: RawConnection, path: string, body: object, accept = "Accept: application/json"): void {
  const text = JSON.stringify(body);
  const lines = [accept, "Content-Type: application/json", `Content-Length: ${text.length}`, "", text];
  head(connection, `POST ${path}`, lines);
}

function upgrade(connection: RawConnection, path: string): void {
  const lines = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
  head(connection, `GET ${path}`, [...lines, `Sec-WebSocket-Key: ${Buffer.alloc(16).toString("base64")}`, ""]);
}

/** Sends a text frame with a masking key of 0, which leaves its text as it is (RFC 6455, section 5.3). */
function sendFrame(connection: RawConnection, message: object): void {
  const text = JSON.stringify(message);
  assert.ok(text.length >= 126 - 40 && text.length < 126, `${text.length}`);
  connection.write(String.fromCodePoint(0x81, 0x80 + text.length, 0, 0, 0, 0) + text);
}
