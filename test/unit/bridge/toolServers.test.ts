import assert from "node:assert/strict";
import { join } from "node:path";
import { noEvent } from "../../../src/base/events.ts";
import { executeResponseSchema } from "../../../src/protocol/executions.ts";
import { startTestBridge, type TestBridge } from "../../support/testBridge.ts";

const PROGRAM = join(import.meta.dirname, "../../support/programs/mcpServer.ts");

describe("The MCP servers of the settings of a bridge", () => {
  let bridge: TestBridge;
  const settings: Record<string, unknown> = {
    "agents.mcpServers": { files: { command: process.execPath, args: [PROGRAM] } },
  };

  beforeEach(async () => {
    const editorTools = {
      onDidChange: noEvent,
      list: () => [{ name: "mcp_git_log", description: "Lists commits.", inputSchema: { type: "object" } }],
      invoke: async () => "three commits",
    };
    bridge = await startTestBridge({ settings: () => (key) => settings[key], editorTools });
  });
  afterEach(() => bridge.dispose());

  const run = async (tool: string, args: object) => {
    const { json } = await bridge.execute({ command: `kiro.tools.${tool}`, params: [args] });
    return executeResponseSchema.parse(json);
  };

  it("are commands for programs, with those of the editor", async () => {
    const { output, status } = await run("files.echo", { text: "hello" });
    assert.deepEqual([output, status], ["hello", "completed"]);
    assert.equal((await run("editor.mcp_git_log", {})).output, "three commits");
    const { json } = await bridge.call("/api/kiro/commands?query=kiro.tools");
    assert.match(JSON.stringify(json), /kiro\.tools\.files\.echo/);
    assert.match(JSON.stringify(json), /kiro\.tools\.editor\.mcp_git_log/);
  });
});
