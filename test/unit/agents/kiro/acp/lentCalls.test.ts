import assert from "node:assert/strict";
import { LentCalls } from "../../../../../src/agents/kiro/acp/lentCalls.ts";
import type { PermissionOption, PermissionRequest, ToolUpdate } from "../../../../../src/agents/kiro/acp/wire.ts";
import { noEvent } from "../../../../../src/base/events.ts";

const always: PermissionOption = { optionId: "always", name: "Always", kind: "allow_always" };
const once: PermissionOption = { optionId: "once", name: "Yes", kind: "allow_once" };
const reject: PermissionOption = { optionId: "no", name: "No", kind: "reject_once" };
const allowed = { outcome: { outcome: "selected", optionId: "once" } };
const lent = new LentCalls({
  serverName: "client",
  url: "http://127.0.0.1:9/lent/1",
  headers: {},
  toolNames: ["bash", "read_file"],
  onDidPark: noEvent,
});

function permissionFor(asked: Partial<ToolUpdate>, announced?: Partial<ToolUpdate>, options = [always, once, reject]) {
  const request: PermissionRequest = { sessionId: "s", toolCall: { toolCallId: "t1", ...asked }, options };
  return lent.permissionFor(request, announced && { toolCallId: "t1", ...announced });
}

describe("Calls of lent tools", () => {
  for (const title of [
    "client/bash",
    "mcp__client__bash",
    "client___bash",
    "@client/bash",
    "bash (client MCP Server)",
    "client/read_file",
  ]) {
    it(`are allowed once under the title ${title}`, () => {
      assert.deepEqual(permissionFor({ title }), allowed);
      assert.deepEqual(permissionFor({ title, kind: "other" }, { title, kind: "other" }), allowed);
      assert.deepEqual(permissionFor({}, { title }), allowed);
      assert.equal(lent.has({ title }), true);
    });
  }

  for (const [what, asked, announced] of [
    ["a shell command with the name of a lent tool", { title: "client/bash", kind: "execute" }, undefined],
    ["a shell command that was announced as one", { title: "client/bash" }, { title: "client/bash", kind: "execute" }],
    ["a shell command that no longer says so", { title: "client/bash", kind: "other" }, { kind: "execute" }],
    ["another title before", { title: "client/bash" }, { title: "rm -rf /" }],
    ["another title than before", { title: "rm -rf /" }, { title: "client/bash" }],
    ["more before the name", { title: "rm -rf / # client/bash" }, undefined],
    ["more after the name", { title: "client/bash; rm -rf /" }, undefined],
    ["a line before the name", { title: "rm -rf /\nclient/bash" }, undefined],
    ["a line after the name", { title: "client/bash\n" }, undefined],
    ["a space after the name", { title: "client/bash " }, undefined],
    ["a command that ends as the name of a server", { title: "rm -rf / (client MCP Server)" }, undefined],
    ["a tool of another server", { title: "other/bash" }, undefined],
    ["a server whose name ends the same", { title: "mcp__my_client__bash" }, undefined],
    ["a tool that was not lent", { title: "client/write" }, undefined],
    ["a part of a name", { title: "client/bas" }, undefined],
    ["another case", { title: "Client/bash" }, undefined],
    ["the bare name", { title: "bash" }, undefined],
    ["no name", { title: "client/" }, undefined],
    ["no title", {}, undefined],
  ] as const) {
    it(`are not: ${what}`, () => assert.equal(permissionFor(asked, announced), undefined));
  }

  it("are asked about if the agent only offers to allow them always", () => {
    assert.equal(permissionFor({ title: "client/bash" }, undefined, [always, reject]), undefined);
  });

  it("do not exist without lent tools", () => {
    const none = new LentCalls(undefined);
    for (const title of ["/", "@/", "/bash", "mcp____bash", "bash", " ( MCP Server)"]) {
      assert.equal(none.has({ title }), false);
    }
  });
});
