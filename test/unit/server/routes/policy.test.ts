import assert from "node:assert/strict";
import { Policy } from "../../../../src/core/commands/policy.ts";
import { DEFAULT_DENY } from "../../../../src/core/settings.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";

const longId = "x".repeat(1001);
const tooLong = { field: "command", rule: "too_big", expected: "at most 1000", received: "string" };

describe("The policy at the endpoints", () => {
  let bridge: TestBridge;
  const ran: string[] = [];

  before(async () => {
    const commands = { runCommands: () => void ran.push("runCommands"), _internal: () => void ran.push("_internal") };
    bridge = await startTestBridge({ policy: new Policy(["*", "_*"], DEFAULT_DENY), commands });
  });
  after(() => bridge.dispose());

  const check = async (body: object) => (await bridge.call("/api/kiro/policy/check", { body })).json;

  it("denies the editor's internal commands, alone and in runCommands, and names the rule", async () => {
    const rule = { setting: "built-in", pattern: "_*" };
    for (const request of [
      { command: "_internal" },
      { command: "_internal", target: "editor" },
      { command: "runCommands", params: [{ commands: ["test.echo", "_internal"] }] },
      { command: "runCommands", params: [{ commands: [{ command: "runCommands", args: { commands: ["_x"] } }] }] },
    ]) {
      const answer = await bridge.execute(request);
      assert.equal(answer.status, 403);
      assert.deepEqual(answer.json["context"], { rule });
      const { allowed, rule: checked } = await check(request);
      assert.deepEqual({ allowed, rule: checked }, { allowed: false, rule });
    }
    assert.deepEqual(ran, []);
  });

  it("neither lists nor suggests the editor's internal commands", async () => {
    await bridge.core.catalog.refresh();
    const { availableCommands } = (await bridge.call("/api/kiro/status")).json;
    assert.ok(Array.isArray(availableCommands) && availableCommands.includes("runCommands"));
    assert.ok(!availableCommands.includes("_internal"));
    const { error } = (await bridge.execute({ command: "internal" })).json;
    assert.equal(error, "Command 'internal' not found.");
  });

  it("rejects an id of more than 1,000 characters at every endpoint", async () => {
    for (const path of ["/api/kiro/execute", "/api/kiro/policy/check"]) {
      for (const target of ["auto", "editor", undefined]) {
        const answer = await bridge.call(path, { body: { command: longId, ...(target && { target }) } });
        assert.equal(answer.status, 400);
        assert.deepEqual(answer.json["context"], tooLong);
      }
      const cli = await bridge.call(path, { body: { command: `kiro.cli.${longId}`, target: "cli" } });
      assert.equal(cli.status, 400);
    }
    const client = await SocketClient.open(bridge);
    const { error } = await client.ask("execute", { request: { command: longId } });
    assert.deepEqual(Object(error).context, { ...tooLong, field: "request.command" });
    client.webSocket.close();
  });

  it("accepts an id of 1,000 characters, and a prompt of a million", async () => {
    const id = await bridge.execute({ command: longId.slice(1) });
    assert.match(String(id.json["error"]), /not found/);
    const prompt = await bridge.execute({ command: "x".repeat(1_000_000), target: "cli" });
    assert.equal(prompt.status, 200);
    assert.equal((await bridge.execute({ command: "x".repeat(1_000_001), target: "cli" })).status, 400);
  });

  it("rejects more than 1,000 commands in runCommands, run or only checked", async () => {
    const body = { command: "runCommands", params: [{ commands: Array.from({ length: 100_000 }, () => "test.echo") }] };
    for (const path of ["/api/kiro/execute", "/api/kiro/policy/check"]) {
      const answer = await bridge.call(path, { body });
      assert.equal(answer.status, 400);
      assert.match(String(answer.json["message"]), /at most 1000 commands in runCommands/);
    }
  });
});
