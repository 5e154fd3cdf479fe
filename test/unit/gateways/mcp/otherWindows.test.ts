import assert from "node:assert/strict";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { connectModern, connectSession, type McpClient } from "../../../support/gateways/mcpClients.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";
import { type LinkedBridges, startLinkedBridges } from "../../../support/windows/linkedBridges.ts";
import { permission, untilCancelled } from "./mcpRig.ts";

describe("MCP calls for another window", () => {
  let bridges: LinkedBridges;
  let agent: FakeAgent;
  let client: McpClient;
  let folder: string;

  beforeEach(async () => {
    agent = new FakeAgent();
    folder = await temporaryFolder();
    bridges = await startLinkedBridges({
      member: { commands: { "test.where": () => "there" }, folders: [folder], agent },
    });
  });

  afterEach(async () => {
    await client.close();
    await bridges.dispose();
    await removeFolder(folder);
  });

  const connections = { "2025-11-25": connectSession, "2026-07-28": connectModern };
  const addressWith = (headers: Record<string, string>) => ({
    url: `http://127.0.0.1:${bridges.owner.port}/mcp`,
    headers: { Authorization: `Bearer ${TEST_TOKEN}`, ...headers },
  });

  for (const [version, connect] of Object.entries(connections)) {
    describe(`of version ${version}`, () => {
      beforeEach(async () => {
        client = await connect(addressWith({}));
      });

      it("run there, and are read from there", async () => {
        const found = await client.call("search_commands", { query: "test.where" });
        assert.deepEqual(found.structuredContent?.["commands"], [
          { id: "test.where", source: "editor", allowed: true, windows: ["member-window"] },
        ]);
        const { structuredContent } = await client.call("run_command", { id: "test.where", workspace: folder });
        assert.equal(structuredContent?.["output"], "there");
        assert.deepEqual([bridges.member.core.executions.all.size, bridges.owner.core.executions.all.size], [1, 0]);
        const executionId = structuredContent["executionId"];
        const read = await client.call("get_execution", { executionId });
        assert.equal(read.structuredContent?.["output"], "there");
        const listed = await client.call("list_executions");
        assert.match(JSON.stringify(listed.structuredContent), new RegExp(String(executionId)));
      });

      it("are cancelled there, and report progress from there", async () => {
        agent.turn = async (_task, context) => {
          context.toolCall({ toolCallId: "1", title: "Reading a.txt", status: "in_progress" });
          return untilCancelled(context);
        };
        const stop = new AbortController();
        const steps: (string | undefined)[] = [];
        const calling = client.call(
          "ask_agent",
          { prompt: "Hello", workspace: folder },
          {
            signal: stop.signal,
            onprogress: ({ message }) => steps.push(message),
          },
        );
        const failing = assert.rejects(calling);
        await until(() => steps.includes("Reading a.txt"));
        const [execution] = bridges.member.core.executions.active;
        stop.abort();
        await failing;
        await execution?.settled;
        assert.equal(execution?.status, "cancelled");
      });

      it("say that a question waits there", async () => {
        agent.turn = async (_task, context) => ({ kind: "completed", output: await context.ask(permission) });
        const { structuredContent } = await client.call("ask_agent", { prompt: "Hello", workspace: folder });
        assert.equal(structuredContent?.["status"], "waiting-input");
        const executionId = String(structuredContent["executionId"]);
        bridges.member.core.dispatcher.answer({ executionId, type: "choice", value: "Yes" });
        const { content } = await client.call("get_execution", { executionId, waitSeconds: 10 });
        assert.equal(content[0]?.text, "Yes");
      });

      it("say when there is no window with the folder", async () => {
        await client.close();
        client = await connect(addressWith({ "X-Kiro-Window": "nowhere" }));
        const { content, isError } = await client.call("run_command", { id: "test.where" });
        assert.deepEqual([isError, content[0]?.text], [true, "There is no window with this ID."]);
      });

      it("go to the window that the headers of the client name", async () => {
        for (const headers of [
          { "X-Kiro-Window": "member-window" },
          { "X-Kiro-Workspace": encodeURIComponent(folder) },
        ]) {
          await client.close();
          client = await connect(addressWith(headers));
          const { structuredContent } = await client.call("run_command", { id: "test.where" });
          assert.equal(structuredContent?.["output"], "there");
        }
      });
    });
  }
});
