import assert from "node:assert/strict";
import * as vscode from "vscode";
import { eventually } from "../support/editor/deadline.ts";
import { type Discovery, runOwn, waitForBridge } from "./support.ts";

/** As the editor names it: the extension, and the label of its server. */
const SERVER = "kiro-bridge.kiro-bridge/Kiro Bridge";
const DEADLINE_MS = 60_000;
const CHAT = /^Chat of /;

interface Client {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
}

const ours = () => vscode.lm.tools.filter(({ name }) => /kiro.?bridge/i.test(name));
const toolNamed = (name: string) => ours().find((tool) => tool.name.endsWith(name));

describe("The editor's own chat", () => {
  let bridge: Discovery;

  before(async () => {
    bridge = await waitForBridge();
  });

  const call = (path: string, method = "GET") =>
    fetch(bridge.url + path, { method, headers: { authorization: `Bearer ${bridge.token}` } });

  async function chatClients(): Promise<Client[]> {
    const { clients } = (await (await call("/api/kiro/access/clients")).json()) as { clients: Client[] };
    return clients.filter(({ name }) => CHAT.test(name));
  }

  /** Starts the server as the chat does, once the editor knows it, and waits for its tools. */
  async function startServer(): Promise<void> {
    const start = async () => {
      await vscode.commands.executeCommand("workbench.mcp.startServer", SERVER);
      return toolNamed("editor_context") === undefined ? undefined : true;
    };
    await eventually(start, { what: `the tools of ${SERVER}`, deadlineMs: DEADLINE_MS });
  }

  async function callTool(): Promise<void> {
    const name = toolNamed("editor_context")?.name ?? "";
    const { content } = await vscode.lm.invokeTool(name, { input: {}, toolInvocationToken: undefined });
    const text = content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : "")).join("");
    assert.ok(text.includes(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "no folder"), text);
  }

  it("has the tools of the bridge without any configuration, and calls them", async () => {
    await startServer();
    await callTool();
  });

  it("has a token of its own with the least permissions, which the user can see", async () => {
    await startServer();
    const [client, ...others] = await chatClients();
    assert.deepEqual(others, []);
    assert.deepEqual(client?.scopes, ["status:read", "commands:run", "agents:prompt"]);
  });

  it("goes on after the bridge has started again", async () => {
    await startServer();
    await runOwn("restart");
    bridge = await waitForBridge();
    // The editor shows the former tools until it has connected again.
    const call = async () => {
      await startServer();
      await callTool();
      return true;
    };
    await eventually(call, { what: "a call after the restart", deadlineMs: DEADLINE_MS });
    assert.equal((await chatClients()).length, 1);
  });

  it("loses the tools when the user revokes its access, and gets them back when they ask for it", async () => {
    await startServer();
    const [before] = await chatClients();
    await call(`/api/kiro/access/clients/${before?.id}`, "DELETE");
    const gone = () => (ours().length === 0 ? true : undefined);
    await eventually(gone, { what: "the end of the tools", deadlineMs: DEADLINE_MS });
    await vscode.commands.executeCommand("workbench.mcp.startServer", SERVER);
    assert.deepEqual(await chatClients(), []);
    await runOwn("connectClient", { client: "editor-chat" });
    await startServer();
    await callTool();
    const [after] = await chatClients();
    assert.notEqual(after?.id, before?.id);
  });
});
