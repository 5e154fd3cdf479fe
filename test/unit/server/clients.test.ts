import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { owner } from "../../../src/core/access/principal.ts";
import { clientSchema } from "../../../src/protocol/clients.ts";
import { ClientRegistry } from "../../../src/server/clients.ts";
import { admitAs } from "../../../src/server/guards/principals.ts";
import { SocketClient } from "../../support/socketClient.ts";
import { startTestBridge, TEST_TOKEN } from "../../support/testBridge.ts";

describe("ClientRegistry", () => {
  it("lists connected clients with what they were sent, and recent callers", async () => {
    const bridge = await startTestBridge();
    const { clients } = bridge.core;
    const headers = { Authorization: `Bearer ${TEST_TOKEN}`, "User-Agent": "viewer/1.0" };
    const viewer = await SocketClient.open(bridge, { headers });
    await bridge.call("/api/kiro/status", { headers: { "User-Agent": "curl/8" } });
    await bridge.call("/api/kiro/status", { headers: { "User-Agent": "curl/8" } });
    await bridge.call("/health", { headers: { "User-Agent": "probe" } });
    await bridge.execute({ command: "test.echo" }, { "User-Agent": "curl/8" });
    await viewer.waitForType("command-completed");
    await viewer.ask("status");
    const list = clients.list().map((client) => clientSchema.parse(client));
    assert.deepEqual(
      list.map(({ kind, name }) => [kind, name]),
      [
        ["websocket", "viewer/1.0"],
        ["http", "curl/8"],
      ],
    );
    assert.equal(list[0]?.eventsSent, viewer.events.length);
    assert.equal(clients.size, 1);
    viewer.close();
    const gone = Promise.withResolvers<void>();
    clients.onDidChange(() => clients.size === 0 && gone.resolve());
    await gone.promise;
    assert.ok(clients.traffic.sent > 0);
    await bridge.dispose();
  });

  it("is bounded, and removes a caller on request", () => {
    const clients = new ClientRegistry();
    for (let count = 0; count < 100; count++) {
      const request = new IncomingMessage(new Socket());
      request.headers = { "user-agent": `agent ${count} ${"x".repeat(500)}` };
      admitAs(request, owner);
      clients.called(request);
    }
    const list = clients.list();
    assert.equal(list.length, 50);
    assert.ok(list.every(({ name }) => name.length <= 200));
    assert.equal(clients.disconnect(list[0]?.id ?? ""), true);
    assert.equal(clients.disconnect("client-1-1"), false);
    assert.equal(clients.list().length, 49);
  });
});
