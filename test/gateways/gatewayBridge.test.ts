import assert from "node:assert/strict";
import { fakeSay } from "../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";

describe("The bridge that gateways are tested with", () => {
  let gateway: GatewayBridge;
  before(async () => {
    gateway = await startGatewayBridge();
  });
  after(() => gateway.dispose());

  it("has a real agent, and counts its prompts", async () => {
    const { bridge, client } = gateway;
    const answer = await bridge.callAs(client, "/kiro/chat", { body: { prompt: `Hi ${fakeSay("hello")}` } });
    assert.equal(answer.json["message"], "hello");
    assert.equal(gateway.startedPrompts().length, 1);
    assert.deepEqual(
      gateway.agentTurns().map(({ prompt }) => prompt),
      [`Hi ${fakeSay("hello")}`],
    );
  });

  it("has a client that may prompt agents, and nothing else", async () => {
    const { bridge, client } = gateway;
    assert.equal((await bridge.callAs(client, "/api/kiro/status")).status, 403);
    const command = { command: "test.echo", args: ["a"] };
    assert.equal((await bridge.callAs(client, "/api/kiro/execute", { body: command })).status, 403);
  });
});
