import assert from "node:assert/strict";
import { systemClock } from "../../../../src/base/clock.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import type { BridgeModule } from "../../../../src/bridge/bridgeModule.ts";
import type { StreamLink } from "../../../../src/windows/link/link.ts";
import { LinkEndpoint } from "../../../../src/windows/link/linkEndpoint.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";
import { dial, KEY, keyOf, windowNamed } from "../../../support/windows/linkRig.ts";

const PAGE = "https://app.example";

describe("The endpoint of links behind the guards of a bridge", () => {
  const links: StreamLink[] = [];
  let bridge: TestBridge;

  beforeEach(async () => {
    const endpoint = new LinkEndpoint({
      key: keyOf(KEY),
      self: () => windowNamed("owner"),
      mayAccept: () => true,
      onLink: (link) => void links.push(link),
      clock: systemClock,
      logger: silentLogger,
    });
    const module: BridgeModule = { sockets: () => [endpoint] };
    bridge = await startTestBridge({ modules: [module], guards: { allowedOrigins: [PAGE] } });
  });

  afterEach(() => bridge.dispose());

  /** The whole response of a rejection, or the beginning of an accepted upgrade. */
  const upgrade = (headers: Record<string, string>, host = `127.0.0.1:${bridge.port}`): Promise<string> => {
    const handshake = { "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
    const all = { Host: host, Connection: "Upgrade", Upgrade: "websocket", ...handshake, ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const connection = bridge.connect().write(`GET /link HTTP/1.1\r\n${lines.join("")}\r\n`);
    return Promise.any([connection.receives(/^HTTP\/1\.1 101 /), connection.ended]);
  };

  it("lets a window in without a token", async () => {
    assert.match(await upgrade({}), /^HTTP\/1\.1 101 /);
    const dialed = await dial(bridge.port);
    assert.equal(dialed.kind, "joined");
    assert.equal(links.at(-1)?.peer.id, "member");
  });

  it("rejects a foreign Host", async () => {
    assert.match(await upgrade({}, "evil.example"), /^HTTP\/1\.1 403 .*"rule":"host"/s);
    assert.match(await upgrade({}, `evil.example:${bridge.port}`), /^HTTP\/1\.1 403 .*"rule":"host"/s);
  });

  it("rejects web pages, also of an allowed origin, with a token, or of this bridge itself", async () => {
    const withToken = { Authorization: `Bearer ${TEST_TOKEN}` };
    for (const origin of [PAGE, "null", "", `http://127.0.0.1:${bridge.port}`])
      assert.match(await upgrade({ Origin: origin, ...withToken }), /^HTTP\/1\.1 403 .*"rule":"origin"/s, origin);
    for (const name of ["Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"])
      assert.match(await upgrade({ [name]: "none", ...withToken }), /^HTTP\/1\.1 403 .*"rule":"sec-fetch-/s, name);
  });

  it("answers a call by HTTP, which is no upgrade, as every bridge does", async () => {
    assert.equal((await bridge.call("/link")).status, 404);
  });

  it("rejects links while the bridge stops", async () => {
    bridge.server.announceStop();
    assert.match(await upgrade({}), /^HTTP\/1\.1 503 .*"code":"KIRO_UNAVAILABLE"/s);
    assert.deepEqual(await dial(bridge.port), { kind: "not-owner" });
  });
});
