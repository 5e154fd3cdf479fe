// An MCP server over stdio, for tests: `node mcpServer.ts [count]`, with that many tools more.
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { spawn } from "node:child_process";
import * as z from "zod";

const [count = "0"] = process.argv.slice(2);
const text = (value: string, isError = false) => ({ content: [{ type: "text" as const, text: value }], isError });
const none = z.object({});

serveStdio(() => {
  const server = new McpServer({ name: "test-server", version: "1.0.0" });
  const echo = { title: "Echo", description: "Returns its text.", inputSchema: z.object({ text: z.string() }) };
  server.registerTool("echo", { ...echo, annotations: { readOnlyHint: true } }, async (args) => text(args.text));
  server.registerTool("fail", { inputSchema: none }, async () => text("It is broken.", true));
  server.registerTool("hang", { inputSchema: none }, () => new Promise(() => undefined));
  server.registerTool("pid", { inputSchema: none }, async () => text(String(process.pid)));
  server.registerTool("exit", { inputSchema: none }, () => process.exit(1));
  server.registerTool("value", { inputSchema: none, outputSchema: z.object({ a: z.int() }) }, async () => ({
    content: [],
    structuredContent: { a: 1 },
  }));
  server.registerTool("grow", { inputSchema: none }, async () => {
    server.registerTool("grown", { inputSchema: none }, async () => text("new"));
    return text("done");
  });
  server.registerTool("descend", { inputSchema: none }, async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    return text(String(child.pid));
  });
  for (let at = 0; at < Number(count); at++)
    server.registerTool(`more${at}`, { inputSchema: none }, async () => text(""));
  return server;
});
