import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import { type AddressInfo } from "node:net";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { toNodeHandler } from "@modelcontextprotocol/node";
import * as z from "zod";
import { rankCommands } from "../../../src/tools/table/commandRank.ts";
import { startTestBridge, TEST_TOKEN } from "../../support/testBridge.ts";
import { median } from "../load.ts";
import type { Figure } from "../table.ts";

const COMMANDS = 3000;
const CALLS = 500;
const ROUNDS = 6;
const SEARCHES = 200;

const protocol = { version: "2026-07-28", client: { name: "bench", version: "1" } } as const;

/** MCP: calls of a tool compared with a server of the SDK that has one tool and no guards, and searches for commands. */
export async function measureMcp(): Promise<Figure[]> {
  const commands = Object.fromEntries(
    Array.from({ length: COMMANDS }, (_, n) => [`extension${n % 40}.action.doSomething${n}`, () => n] as const),
  );
  const bridge = await startTestBridge({ commands });
  const bare = await startBare();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const places = {
      bridge: { port: bridge.port, tool: "run_command", args: { id: "test.echo", params: ["hello"] } },
      bare: { port: bare.port, tool: "echo", args: { text: "hello" } },
    };
    const p50: Record<keyof typeof places, number[]> = { bridge: [], bare: [] };
    for (let round = 0; round <= ROUNDS; round++) {
      for (const name of ["bridge", "bare"] as const) {
        const times = await timesOf(CALLS, () => call(agent, places[name]));
        if (round > 0) p50[name].push(median(times));
      }
    }
    const search = { port: bridge.port, tool: "search_commands", args: { query: "action something 1234" } };
    const searches = await timesOf(SEARCHES, () => call(agent, search));
    const all = bridge.core.catalog.search(undefined, COMMANDS).commands;
    const ranks = await timesOf(SEARCHES, () => Promise.resolve(rankCommands(all, "action something 1234")));
    return [
      { what: "MCP: run_command, p50", value: median(p50.bridge), unit: "ms" },
      { what: "MCP: a tool of a bare server of the SDK, p50", value: median(p50.bare), unit: "ms" },
      { what: "MCP: run_command ÷ bare server", value: median(p50.bridge) / median(p50.bare), unit: "×", atMost: 2 },
      { what: "MCP: search of 3,000 commands, p50", value: median(searches), unit: "ms", atMost: 10 },
      { what: "MCP: ranking of 3,000 commands alone, p50", value: median(ranks), unit: "ms" },
    ];
  } finally {
    agent.destroy();
    bare.close();
    await bridge.dispose();
  }
}

/** As the documentation of the SDK shows it: a server for each request. */
async function startBare() {
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: "bare", version: "1" });
    server.registerTool("echo", { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
      content: [{ type: "text", text }],
    }));
    return server;
  });
  const serve = toNodeHandler(handler);
  // Its types leave out that these may be undefined.
  const server = createServer(
    (incoming, outgoing) =>
      void serve(Object.assign(incoming, { method: incoming.method ?? "", url: incoming.url ?? "" }), outgoing),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address() satisfies AddressInfo | string | null);
  return { port, close: () => server.close() };
}

async function timesOf(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times;
}

async function call(
  agent: Agent,
  { port, tool, args }: { readonly port: number; readonly tool: string; readonly args: object },
): Promise<void> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": protocol.version,
    "io.modelcontextprotocol/clientInfo": protocol.client,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const params = { name: tool, arguments: args, _meta };
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }));
  const headers = {
    Authorization: `Bearer ${TEST_TOKEN}`,
    Accept: "application/json, text/event-stream",
    "Content-Type": "application/json",
    "Content-Length": body.length,
    "MCP-Protocol-Version": protocol.version,
    "Mcp-Method": "tools/call",
    "Mcp-Name": tool,
  };
  const sent = request({ host: "127.0.0.1", port, path: "/mcp", method: "POST", agent, headers });
  sent.end(body);
  const [answer] = await once(sent, "response");
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  if (!text.includes('"result"') || text.includes('"isError"')) throw new Error(text);
}
