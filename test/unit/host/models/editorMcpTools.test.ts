import assert from "node:assert/strict";
import type * as vscode from "vscode";
import { editorMcpTools } from "../../../../src/host/models/editorMcpTools.ts";
import { invokeEditorTool, type ToolsApi } from "../../../../src/host/models/invokeEditorTool.ts";
import { modelClasses } from "./fakeModelsApi.ts";

const never = new AbortController().signal;
const toolNamed = (name: string): vscode.LanguageModelToolInformation => ({
  name,
  description: `Describes ${name}.`,
  inputSchema: undefined,
  tags: [],
});
const apiWith = (invokeTool: ToolsApi["lm"]["invokeTool"]): ToolsApi => ({ ...modelClasses, lm: { invokeTool } });
const apiReturning = (...content: unknown[]): ToolsApi => apiWith(async () => ({ content }));

describe("The list of the editor's tools", () => {
  it("has those of MCP servers, with their schemas", () => {
    const inputSchema = { type: "object", properties: { max: { type: "integer" } } };
    const tools = [{ ...toolNamed("mcp_git_log"), inputSchema }, toolNamed("mcp_git_status")];
    assert.deepEqual(editorMcpTools({ tools }), tools);
  });

  it("has no tool of an extension, and none of the bridge, however its server was added", () => {
    const others = ["copilot_runInTerminal", "run_mcp_git", "vscode_editFile"];
    const own = ["mcp_kiro_bridge_run_command", "mcp_kiro_bridge2_run_command", "mcp_kiro-bridge_ask_agent"];
    const tools = [...others, ...own, "mcp_kiro_docs_search"].map(toolNamed);
    assert.deepEqual(
      editorMcpTools({ tools }).map(({ name }) => name),
      ["mcp_kiro_docs_search"],
    );
  });

  it("is empty in editors without tools", () => {
    assert.deepEqual(editorMcpTools({}), []);
    assert.deepEqual(editorMcpTools(undefined), []);
  });
});

describe("A call of a tool of the editor", () => {
  it("is outside of a chat, and returns the texts, with other parts named", async () => {
    const calls: unknown[] = [];
    const { LanguageModelTextPart: Text, LanguageModelDataPart: Data, LanguageModelPromptTsxPart: Tsx } = modelClasses;
    const content = [new Text("one"), Data.image(new Uint8Array(3), "image/png"), new Tsx({}), 5, new Text("two")];
    const api = apiWith(async (name, options) => {
      calls.push([name, options]);
      return { content };
    });
    const text = await invokeEditorTool(api, "mcp_git_log", { max: 2 }, never);
    assert.equal(text, "one\n(image/png)\n(a prompt)\n(another part)\ntwo");
    assert.deepEqual(calls, [["mcp_git_log", { input: { max: 2 }, toolInvocationToken: undefined }]]);
  });

  it("fails with the error of the tool", async () => {
    const api = apiWith(async () => Promise.reject(new Error("No repository.")));
    await assert.rejects(invokeEditorTool(api, "mcp_git_log", {}, never), /^Error: No repository\.$/);
  });

  it("fails if its result is too long", async () => {
    const half = new modelClasses.LanguageModelTextPart("x".repeat(8 * 1024 * 1024));
    assert.equal((await invokeEditorTool(apiReturning(half), "mcp_git_log", {}, never)).length, half.value.length);
    const short = new modelClasses.LanguageModelTextPart("x");
    const invoking = invokeEditorTool(apiReturning(half, half, short), "mcp_git_log", {}, never);
    await assert.rejects(invoking, /more than 16777216 characters/);
  });

  it("ends with its signal, even if the tool never does, which is cancelled", async () => {
    let token: vscode.CancellationToken | undefined;
    const api = apiWith((_name, _options, given) => {
      token = given;
      return new Promise(() => undefined);
    });
    const call = new AbortController();
    const invoking = invokeEditorTool(api, "mcp_git_log", {}, call.signal);
    assert.equal(token?.isCancellationRequested, false);
    call.abort(new Error("cancelled"));
    await assert.rejects(invoking, /^Error: cancelled$/);
    assert.equal(token?.isCancellationRequested, true);
  });

  it("does not begin after its signal", async () => {
    let calls = 0;
    const api = apiWith(async () => {
      calls++;
      return { content: [] };
    });
    await assert.rejects(invokeEditorTool(api, "mcp_git_log", {}, AbortSignal.abort(new Error("before"))), /before/);
    assert.equal(calls, 0);
  });
});
