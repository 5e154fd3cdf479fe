import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { toNodeHandler } from "@modelcontextprotocol/node";
import * as vscode from "vscode";
import * as z from "zod";
import { eventually } from "../../support/editor/deadline.ts";
import { withSettings } from "../bridgeSettings.ts";
import { type Discovery, execute, waitForBridge } from "../support.ts";

/** As in the manifest of the driver, see `writeDriver.ts`. */
const PROVIDER = "kiro-bridge-tests.mcp";
const LABEL = "Notes";
const DRIVER = "kiro-bridge-tests.test-driver";
/** As the editor names it: the extension, and the label of its server. */
const SERVER = `${DRIVER}/${LABEL}`;
const TOOL = "kiro.tools.editor.mcp_notes_find";
const DEADLINE_MS = 60_000;

describe("A tool of an MCP server of the editor", () => {
  let bridge: Discovery;
  let server: Server | undefined;
  let offer: vscode.Disposable | undefined;

  before(async function () {
    // The tests are no extension in the development form, and so can have no MCP servers.
    if (vscode.extensions.getExtension(DRIVER) === undefined) return void this.skip();
    bridge = await waitForBridge();
    server = await startNotes();
    const url = vscode.Uri.parse(urlOf(server));
    offer = vscode.lm.registerMcpServerDefinitionProvider(PROVIDER, {
      provideMcpServerDefinitions: () => [new vscode.McpHttpServerDefinition(LABEL, url)],
    });
    const start = async () => {
      await vscode.commands.executeCommand("workbench.mcp.startServer", SERVER);
      return vscode.lm.tools.some(({ name }) => TOOL.endsWith(name)) ? true : undefined;
    };
    await eventually(start, { what: `the tools of ${SERVER}`, deadlineMs: DEADLINE_MS });
  });

  after(() => {
    offer?.dispose();
    server?.closeAllConnections();
    server?.close();
  });

  it("is a command of the bridge, which returns its text", async () => {
    const { body } = await execute(bridge, { command: TOOL, params: [{ text: "milk" }], timeoutMs: DEADLINE_MS });
    const { status, output } = Object(body);
    assert.deepEqual([status, output], ["completed", "Found milk."]);
  });

  it("returns what the tool says of an error, which the editor does not mark as one", async () => {
    const { body } = await execute(bridge, { command: TOOL, params: [{ text: "" }], timeoutMs: DEADLINE_MS });
    const { status, output } = Object(body);
    assert.deepEqual([status, output], ["completed", "Nothing to find."]);
  });

  it("is none of the bridge's own, and none while the setting is off", async () => {
    const [own] = vscode.lm.tools.filter(({ name }) => name.startsWith("mcp_kiro_bridge_"));
    const command = `kiro.tools.editor.${own?.name ?? "mcp_kiro_bridge_list_commands"}`;
    assert.match(JSON.stringify((await execute(bridge, { command })).body), /has no tool/);
    await withSettings({ "agents.editorTools": false }, async (restarted) => {
      const { body } = await execute(restarted, { command: TOOL, params: [{ text: "milk" }] });
      assert.equal(Object(body).status, "failed");
    });
  });
});

/** Starts an MCP server with one tool, which the editor runs without asking, because it changes nothing. */
async function startNotes(): Promise<Server> {
  const inputSchema = z.object({ text: z.string() });
  const handler = createMcpHandler(() => {
    const notes = new McpServer({ name: "notes", version: "1" });
    notes.registerTool("find", { inputSchema, annotations: { readOnlyHint: true } }, async ({ text }) =>
      text === ""
        ? { content: [{ type: "text", text: "Nothing to find." }], isError: true }
        : { content: [{ type: "text", text: `Found ${text}.` }] },
    );
    return notes;
  });
  const serve = toNodeHandler(handler);
  const server = createServer(
    (incoming, outgoing) =>
      void serve(Object.assign(incoming, { method: incoming.method ?? "", url: incoming.url ?? "" }), outgoing),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("It listens on a port.");
  return `http://127.0.0.1:${address.port}/mcp`;
}
