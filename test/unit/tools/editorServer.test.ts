import assert from "node:assert/strict";
import { Emitter } from "../../../src/base/events.ts";
import { EditorServer } from "../../../src/tools/mcpServers/editorServer.ts";
import { JoinedServers } from "../../../src/tools/mcpServers/joinedServers.ts";
import { LateToolServers } from "../../../src/tools/servers/lateToolServers.ts";
import {
  type EditorMcpTools,
  noToolServers,
  type ServerTool,
  type ToolServers,
} from "../../../src/tools/servers/toolServers.ts";

const never = new AbortController().signal;
const toolOf = (server: string, name: string): ServerTool => ({
  server,
  name,
  title: undefined,
  description: "",
  parameters: {},
  isReadOnly: false,
});

class FakeEditorTools implements EditorMcpTools {
  readonly changed = new Emitter<void>();
  readonly onDidChange = this.changed.event;
  readonly calls: unknown[] = [];

  list: EditorMcpTools["list"] = () => [
    { name: "mcp_git_log", description: "Lists commits.", inputSchema: { type: "object" } },
    { name: "no command", description: "Has a name that no command can have.", inputSchema: undefined },
  ];

  invoke: EditorMcpTools["invoke"] = async (name, input) => {
    this.calls.push([name, input]);
    return "three commits";
  };
}

describe("The MCP servers of the editor", () => {
  let editor: FakeEditorTools;
  let isEnabled: boolean;
  let server: EditorServer;

  beforeEach(() => {
    editor = new FakeEditorTools();
    isEnabled = true;
    server = new EditorServer(editor, () => isEnabled);
  });

  it("have their tools as those of one server, none of which is said to change nothing", () => {
    assert.deepEqual(
      server.tools().map(({ server: of, name, isReadOnly }) => [of, name, isReadOnly]),
      [["editor", "mcp_git_log", false]],
    );
  });

  it("are called with the arguments, and return texts or the sentence of an error", async () => {
    const answer = await server.call("editor", "mcp_git_log", { max: 3 }, never);
    assert.deepEqual(answer, { text: "three commits", isError: false });
    assert.deepEqual(editor.calls, [["mcp_git_log", { max: 3 }]]);
    editor.invoke = async () => Promise.reject(new Error("No repository."));
    assert.deepEqual(await server.call("editor", "mcp_git_log", {}, never), { text: "No repository.", isError: true });
  });

  it("have no other tools, and none at all if the setting says so", async () => {
    const other = await server.call("editor", "copilot_runInTerminal", {}, never);
    assert.equal(other.isError, true);
    isEnabled = false;
    assert.deepEqual(await server.ready(), []);
    assert.equal((await server.call("editor", "mcp_git_log", {}, never)).isError, true);
    assert.deepEqual(editor.calls, []);
  });

  it("are joined with those of the setting, which cannot take their name", async () => {
    const configured: ToolServers = {
      ...noToolServers,
      ready: async () => [toolOf("files", "read"), toolOf("editor", "stolen")],
      call: async (name) => ({ text: `from ${name}`, isError: false }),
    };
    const joined = new JoinedServers(configured, server);
    let changes = 0;
    joined.onDidChange(() => void changes++);
    editor.changed.fire();
    assert.equal(changes, 1);
    assert.deepEqual(
      (await joined.ready(never)).map(({ server: of, name }) => `${of}.${name}`),
      ["files.read", "editor.mcp_git_log"],
    );
    assert.equal((await joined.call("files", "read", {}, never)).text, "from files");
    assert.equal((await joined.call("editor", "mcp_git_log", {}, never)).text, "three commits");
    await joined.dispose();
  });
});

describe("The bundle of MCP servers", () => {
  it("is read once, when there are servers, and not after the stop of the bridge", async () => {
    let reads = 0;
    let isWanted = false;
    let isDisposed = false;
    const changed = new Emitter<void>();
    const loaded: ToolServers = {
      onDidChange: changed.event,
      tools: () => [toolOf("files", "read")],
      ready: async () => [toolOf("files", "read")],
      call: async () => ({ text: "done", isError: false }),
      dispose: () => void (isDisposed = true),
    };
    const late = new LateToolServers(
      async () => {
        reads++;
        return loaded;
      },
      () => isWanted,
    );
    assert.deepEqual(await late.ready(never), []);
    assert.equal((await late.call("files", "read", {}, never)).isError, true);
    assert.equal(reads, 0);
    isWanted = true;
    let changes = 0;
    late.onDidChange(() => void changes++);
    assert.equal((await Promise.all([late.ready(never), late.ready(never)]))[1].length, 1);
    assert.equal((await late.call("files", "read", {}, never)).text, "done");
    assert.equal(late.tools().length, 1);
    changed.fire();
    assert.deepEqual([reads, changes], [1, 1]);
    await late.dispose();
    assert.equal(isDisposed, true);
    await assert.rejects(late.ready(never), /stop/);
  });
});
