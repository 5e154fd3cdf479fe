import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { textFrame } from "../../../../src/server/events/textFrame.ts";

const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 3_000_000].map((length) => "x".repeat(length));

describe("textFrame", () => {
  it("is decoded by a client to the same text, of any length and in any language", async () => {
    const all = [...texts, "Grüße, 漢字, 😀", "ü".repeat(63), "ü".repeat(40_000)];
    const server = createServer();
    const sockets = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, stream, head) => {
      sockets.handleUpgrade(request, stream, head, () => {
        for (const text of all) stream.write(textFrame(text));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const heard: string[] = [];
    const through = Promise.withResolvers<void>();
    client.on("error", through.reject);
    client.on("message", (data, isBinary) => {
      assert.ok(!isBinary && Buffer.isBuffer(data));
      if (heard.push(data.toString()) === all.length) through.resolve();
    });
    await through.promise;
    client.terminate();
    server.close();
    assert.ok(heard.every((text, index) => text === all[index]));
  });
});
