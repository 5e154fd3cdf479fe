import assert from "node:assert/strict";
import {
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";
import type { McpClient } from "../../../support/gateways/mcpClients.ts";
import { callPort } from "../../../support/httpClient.ts";
import type { FakePrincipal } from "../../../support/fakePrincipals.ts";
import { until } from "../../../support/until.ts";
import { type McpRig, startMcpRig, untilCancelled, versions } from "./mcpRig.ts";

const textSchema = z.looseObject({ text: z.string() });

describe("The resources of the bridge", () => {
  let rig: McpRig;
  let pinned: string[];

  beforeEach(async () => {
    pinned = [];
    rig = await startMcpRig({
      commands: { "test.now": () => "now", "other.command": () => "other" },
      settings: () => (name: string) => (name === "mcp.pinnedCommands" ? pinned : undefined),
    });
  });

  afterEach(() => rig.store.dispose());

  const read = async (client: McpClient, uri: string) => {
    const { contents } = await client.readResource({ uri });
    return z.record(z.string(), z.unknown()).parse(JSON.parse(textSchema.parse(contents[0]).text));
  };

  for (const version of versions) {
    describe(`for a client that speaks ${version}`, () => {
      const connect = (principal?: FakePrincipal) => rig.connect(version, principal);

      it("have the status, executions and events", async () => {
        const client = await connect();
        const { structuredContent } = await client.call("run_command", { id: "test.now" });
        const id = String(structuredContent?.["executionId"]);
        const status = await read(client, "bridge://status");
        assert.equal(status["status"], "ready");
        assert.equal(status["availableCommands"], undefined);
        assert.equal((await read(client, `bridge://executions/${id}`))["result"], "now");
        const events = await read(client, "bridge://events");
        const types = z
          .array(z.looseObject({ type: z.string() }))
          .parse(events["events"])
          .map(({ type }) => type);
        assert.ok(types.includes("command-completed"));
        const rest = await read(client, `bridge://events?since=${String(events["lastEventId"])}`);
        assert.deepEqual([rest["events"], rest["isComplete"]], [[], true]);
      });

      it("are at no other address", async () => {
        const client = await connect();
        const uris = [
          "bridge://executions/../status",
          "bridge://executions/..",
          "bridge://executions/%2e%2e",
          "bridge://executions/exec-1-1-abc",
          "bridge://status/",
          "bridge://events?since=-1",
          "file:///etc/passwd",
        ];
        for (const uri of uris) await assert.rejects(client.readResource({ uri }), { code: -32_602 }, uri);
      });

      it("show a program what it may see", async () => {
        const owner = await connect();
        const { structuredContent } = await owner.call("run_command", { id: "test.now" });
        const client = await connect(rig.principal("ci", { scopes: ["commands:run"] }));
        const id = String(structuredContent?.["executionId"]);
        await assert.rejects(client.readResource({ uri: `bridge://executions/${id}` }), /not found/i);
        await assert.rejects(client.readResource({ uri: "bridge://status" }), /does not include the scope status:read/);
        const { events } = await read(client, "bridge://events");
        const types = z
          .array(z.looseObject({ type: z.string() }))
          .parse(events)
          .map(({ type }) => type);
        assert.ok(!types.some((type) => type.startsWith("command-")), types.join());
      });
    });
  }

  it("notify a session of the changes that it has subscribed to, and of no others", async () => {
    const { client } = await rig.session();
    const updated: string[] = [];
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void updated.push(params.uri));
    await client.subscribeResource({ uri: "bridge://events" });
    await rig.bridge.execute({ command: "test.now" });
    await until(() => updated.length > 0);
    await client.unsubscribeResource({ uri: "bridge://events" });
    assert.deepEqual([...new Set(updated)], ["bridge://events"]);
    await assert.rejects(client.subscribeResource({ uri: "bridge://executions/../x" }), { code: -32_602 });
  });

  it("notify a stream of the changes that it has subscribed to, and of no others", async () => {
    const { client } = await rig.modern();
    const updated: string[] = [];
    client.setNotificationHandler("notifications/resources/updated", ({ params }) => void updated.push(params.uri));
    const subscription = await client.listen({ resourceSubscriptions: ["bridge://status", "bridge://events"] });
    await rig.bridge.execute({ command: "test.now" });
    await until(() => updated.includes("bridge://events") && updated.includes("bridge://status"));
    await subscription.close();
    assert.deepEqual(
      updated.toSorted().filter((uri) => uri !== "bridge://events" && uri !== "bridge://status"),
      [],
    );
  });

  it("notify nobody of what others run", async () => {
    const { client } = await rig.modern(rig.principal("ci", { scopes: ["commands:run"] }));
    const updated: string[] = [];
    client.setNotificationHandler("notifications/resources/updated", ({ params }) => void updated.push(params.uri));
    const subscription = await client.listen({ resourceSubscriptions: ["bridge://events"] });
    await rig.bridge.execute({ command: "test.now" });
    await client.callTool({ name: "run_command", arguments: { id: "test.now" } });
    await until(() => updated.length > 0);
    await subscription.close();
    const own = rig.bridge.core.executions.all.size;
    assert.deepEqual([own, updated.length], [2, 1]);
  });

  it("notify a program of nothing that it could see with an earlier grant", async () => {
    const before = rig.principal("ci", { role: "operator" });
    // Nothing tells when a session ends in which nothing is read.
    const { status } = await callPort(rig.bridge.port, "/mcp", {
      headers: { ...rig.addressFor(before).headers, Accept: "application/json, text/event-stream" },
      body: {
        jsonrpc: "2.0",
        id: 1,
        method: "initialize",
        params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
      },
    });
    assert.equal(status, 200);
    rig.principals.end(before);
    const { client } = await rig.session(rig.principal("ci", { scopes: ["commands:run"] }));
    const updated: string[] = [];
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void updated.push(params.uri));
    rig.agent.turn = (_task, context) => untilCancelled(context);
    const { executionId } = (
      await rig.bridge.execute({ command: "kiro.cli.chat", args: ["Hello"] }, { Prefer: "respond-async" })
    ).json;
    for (const uri of ["bridge://events", `bridge://executions/${String(executionId)}`])
      await client.subscribeResource({ uri });
    await rig.bridge.core.dispatcher.cancel(String(executionId));
    for (const count of [1, 2]) {
      await client.callTool({ name: "run_command", arguments: { id: "test.now" } });
      await until(() => updated.length >= count);
    }
    assert.deepEqual(new Set(updated), new Set(["bridge://events"]));
  });

  describe("and the commands that the user has pinned", () => {
    it("are tools of their own, of which clients are notified", async () => {
      const { client: session, ...sessionClient } = await rig.session();
      const { client: modern, ...modernClient } = await rig.modern();
      const changed: string[] = [];
      session.setNotificationHandler(ToolListChangedNotificationSchema, () => void changed.push("session"));
      modern.setNotificationHandler("notifications/tools/list_changed", () => void changed.push("modern"));
      const subscription = await modern.listen({ toolsListChanged: true });
      pinned = ["test.now", "other.command"];
      rig.bridge.applySettings();
      await until(() => changed.length === 2);
      for (const client of [sessionClient, modernClient]) {
        const { tools } = await client.listTools();
        const names = tools.slice(12).map(({ name }) => name);
        assert.deepEqual(names, ["command_test_now", "command_other_command"]);
        const { structuredContent } = await client.call("command_test_now");
        assert.equal(structuredContent?.["output"], "now");
      }
      await subscription.close();
    });
  });
});
