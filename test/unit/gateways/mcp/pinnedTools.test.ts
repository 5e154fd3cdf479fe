import assert from "node:assert/strict";
import { type McpRig, startMcpRig } from "./mcpRig.ts";

describe("The tools of pinned commands", () => {
  let rig: McpRig;

  afterEach(() => rig.store.dispose());

  it("have names that every client accepts, and no two the same", async () => {
    const ids = ["a.b", "a_b", `${"x".repeat(100)}.1`, `${"x".repeat(100)}.2`, "ünïcode.команда"];
    rig = await startMcpRig({ settings: () => (name) => (name === "mcp.pinnedCommands" ? ids : undefined) });
    const { tools } = await (await rig.modern()).listTools();
    const names = tools.slice(12).map(({ name }) => name);
    assert.equal(new Set(names).size, ids.length);
    for (const name of names) assert.match(name, /^[A-Za-z0-9_-]{1,64}$/);
    assert.deepEqual(
      tools.slice(12).map(({ title }) => title),
      ids,
    );
  });

  it("obey the policy like any other call", async () => {
    rig = await startMcpRig({
      settings: () => (name) => (name === "mcp.pinnedCommands" ? ["_internal.command"] : undefined),
    });
    const { content, isError } = await (await rig.modern()).call("command__internal_command");
    assert.equal(isError, true);
    assert.match(content[0]?.text ?? "", /is not allowed for programs/);
  });
});
