import assert from "node:assert/strict";
import { Agent } from "node:http";
import type { Duplex } from "node:stream";
import { once } from "node:events";
import { WebSocket } from "ws";
import { editorUser } from "../../../../../src/core/access/principal.ts";
import { RELAY_PATH } from "../../../../../src/dashboard/channel/relay/relayMessages.ts";
import { CALLER_HEADER, callerText } from "../../../../../src/server/guards/callerHeader.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../../support/testBridge.ts";
import { MemoryLink } from "../../../../support/windows/linkedBridges.ts";

/** Opens each connection over a link. */
class LinkAgent extends Agent {
  readonly #link: MemoryLink;

  constructor(link: MemoryLink) {
    super();
    this.#link = link;
  }

  override createConnection(): Duplex {
    return this.#link.openStream();
  }
}

describe("RelayEndpoint", () => {
  let bridge: TestBridge;
  const open: WebSocket[] = [];

  beforeEach(async () => {
    bridge = await startTestBridge();
  });
  afterEach(async () => {
    for (const webSocket of open.splice(0)) webSocket.terminate();
    await bridge.dispose();
  });

  function connect(): WebSocket {
    const link = new MemoryLink((stream) => bridge.server.accept(stream));
    const headers = { [CALLER_HEADER]: callerText(editorUser) };
    const webSocket = new WebSocket(`ws://localhost${RELAY_PATH}?windowId=w`, { agent: new LinkAgent(link), headers });
    open.push(webSocket);
    return webSocket;
  }

  it("does not exist for programs, not even with the token of the owner", async () => {
    for (const headers of [{}, { [CALLER_HEADER]: callerText(editorUser) }]) {
      const webSocket = new WebSocket(`ws://127.0.0.1:${bridge.port}${RELAY_PATH}`, {
        headers: { Authorization: `Bearer ${TEST_TOKEN}`, ...headers },
      });
      const [error] = await once(webSocket, "error");
      assert.match(String(error), /404/);
    }
  });

  it("sends its state first, and replies to a page", async () => {
    const webSocket = connect();
    const [first] = await once(webSocket, "message");
    assert.deepEqual(JSON.parse(String(first)), { kind: "state", epoch: bridge.core.events.epoch, windows: [] });
    webSocket.send(JSON.stringify({ kind: "page", message: { id: 1, method: "clients" } }));
    const [reply] = await once(webSocket, "message");
    assert.deepEqual(JSON.parse(String(reply)), { kind: "page", message: { id: 1, result: [] } });
  });

  it("runs no command of the editor for another window", async () => {
    const webSocket = connect();
    await once(webSocket, "message");
    for (const method of ["copyToken", "stop", "exportAudit", "openRun", "manageTrust"]) {
      webSocket.send(JSON.stringify({ kind: "page", message: { id: 1, method } }));
      const [reply] = await once(webSocket, "message");
      assert.match(String(reply), /CONFIGURATION_ERROR/, method);
    }
  });

  it("closes the connection on data that is no message", async () => {
    for (const data of ["nothing", "{}", JSON.stringify({ kind: "act" }), Buffer.from([1, 2])]) {
      const webSocket = connect();
      await once(webSocket, "message");
      webSocket.send(data);
      const [code] = await once(webSocket, "close");
      assert.equal(code, 1007);
    }
  });

  it("closes the connection on a message that is too large", async () => {
    const webSocket = connect();
    await once(webSocket, "message");
    webSocket.send("x".repeat(1024 * 1024 + 1));
    const [code] = await once(webSocket, "close");
    assert.equal(code, 1009);
  });

  it("ignores the outcome of an action that it has not asked for", async () => {
    const webSocket = connect();
    await once(webSocket, "message");
    webSocket.send(JSON.stringify({ kind: "done", id: 7, result: true }));
    webSocket.send(JSON.stringify({ kind: "page", message: { id: 1, method: "clients" } }));
    const [reply] = await once(webSocket, "message");
    assert.match(String(reply), /"id":1/);
  });

  it("limits the number of dashboards", async () => {
    const all = Array.from({ length: 128 }, () => connect());
    await Promise.all(all.map((webSocket) => once(webSocket, "message")));
    const [error] = await once(connect(), "error");
    assert.match(String(error), /429/);
  });
});
