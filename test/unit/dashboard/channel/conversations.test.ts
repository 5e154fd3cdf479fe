import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import { conversationView } from "../../../../src/bridge/gateways/conversationView.ts";
import { DashboardChannel } from "../../../../src/dashboard/channel/dashboardChannel.ts";
import { conversationViewSchema } from "../../../../src/dashboard/contract/conversations.ts";
import { socketReplySchema } from "../../../../src/protocol/socket.ts";
import { demoConversations } from "../../../support/dashboard/demoConversations.ts";
import { FakeBridge, FakeEditorActions } from "../../../support/dashboard/fakeBridge.ts";

describe("The conversations of a dashboard", () => {
  const bridge = new FakeBridge();
  const posted: unknown[] = [];
  const post = (message: unknown): void => void posted.push(message);
  const channel = new DashboardChannel({
    source: bridge,
    editorActions: new FakeEditorActions(),
    post,
    logger: silentLogger,
  });
  after(() => channel.dispose());

  const ask = async (): Promise<unknown> => {
    await channel.receive({ id: 1, method: "conversations" });
    return socketReplySchema.parse(posted.at(-1)).result;
  };

  it("are none until a gateway is used", async () => {
    assert.deepEqual(await ask(), []);
  });

  it("are those of the gateways", async () => {
    const conversations = demoConversations(0, "w-1");
    bridge.override({ conversations: () => conversations });
    assert.deepEqual(await ask(), conversations);
  });

  it("show who talks, through which gateway, and which tools the client runs", () => {
    const view = conversationView(
      {
        id: "c-1",
        principal: { id: "p-1", name: "Claude Code" },
        program: "claude-cli/2.1.332",
        via: "anthropic",
        model: "kiro",
        workspacePath: "/work",
        state: "parked",
        responses: 2,
        executionIds: ["exec-1", "exec-2"],
        parkedCalls: [{ id: "call-1", name: "Bash" }],
        tokens: 12,
        lastUsedAt: 0,
      },
      "w-1",
    );
    assert.deepEqual(conversationViewSchema.parse(view), {
      id: "c-1",
      windowId: "w-1",
      via: "anthropic",
      principal: "Claude Code",
      program: "claude-cli/2.1.332",
      model: "kiro",
      state: "parked",
      turns: 2,
      executionId: "exec-2",
      parkedCalls: ["Bash"],
      tokens: 12,
      lastUsedAt: "1970-01-01T00:00:00.000Z",
    });
  });
});
