import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { sendWebResponse, STALLED_MS } from "../../../../src/gateways/mcp/endpoint/exchange.ts";
import { until } from "../../../support/until.ts";
import { ManualClock } from "../../../support/windows/manualClock.ts";

describe("A stream of MCP", () => {
  it("ends when its client reads nothing for a minute, so that no notifications pile up", async () => {
    const clock = new ManualClock();
    const { promise: cancelled, resolve } = Promise.withResolvers<void>();
    const chunk = Buffer.from("x".repeat(256 * 1024));
    const body = new ReadableStream<Uint8Array>({ pull: (stream) => stream.enqueue(chunk), cancel: () => resolve() });
    const answer = new Response(body, { headers: { "Content-Type": "text/event-stream" } });
    const served: Promise<void>[] = [];
    const server = createServer((_request, outgoing) => {
      const response = Object.assign(outgoing, { app: { locals: {} } });
      served.push(sendWebResponse(response, answer, clock));
    }).listen(0, "127.0.0.1");
    try {
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const call = get({ port, host: "127.0.0.1", agent: false });
      const [response]: IncomingMessage[] = await once(call, "response");
      assert.ok(response !== undefined);
      response.on("error", () => undefined);
      response.pause();
      await until(() => clock.waiting > 0);
      await clock.pass(STALLED_MS);
      await cancelled;
      await Promise.all(served);
      assert.equal(clock.waiting, 0);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
