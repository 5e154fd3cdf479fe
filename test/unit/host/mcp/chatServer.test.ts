import assert from "node:assert/strict";
import { Emitter } from "../../../../src/base/events.ts";
import { readSettings } from "../../../../src/bridge/settingsTable.ts";
import { ChatServer } from "../../../../src/host/mcp/chatServer.ts";
import { FakeAddress } from "../../../support/fakeAddress.ts";

describe("The MCP server for the editor's chat", () => {
  let address: FakeAddress;
  let values: Record<string, unknown>;
  let isAvailable: boolean;
  let generation: number;
  let changes: number;
  let server: ChatServer;
  const ended = new Emitter<void>();

  beforeEach(() => {
    address = new FakeAddress();
    values = {};
    isAvailable = true;
    generation = 0;
    changes = 0;
    server = new ChatServer({
      token: {
        isAvailable: async () => isAvailable,
        wasRevoked: async () => !isAvailable,
        get: async () => "kbt_secret",
        renew: async () => undefined,
        onDidChange: ended.event,
        get generation() {
          return generation;
        },
      },
      address,
      settings: () => readSettings((key) => values[key]).settings,
      windowId: "window-1",
      version: "1.2.3",
    });
    server.onDidChange(() => changes++);
  });

  afterEach(() => server.dispose());

  it("is named with its window, and without the token", async () => {
    const entry = await server.describe();
    assert.deepEqual([entry?.url, entry?.headers], ["http://127.0.0.1:3001/mcp", { "X-Kiro-Window": "window-1" }]);
    assert.match(entry?.version ?? "", /^1\.2\.3-/);
    assert.deepEqual(await server.authorize(entry?.headers ?? {}), {
      "X-Kiro-Window": "window-1",
      Authorization: "Bearer kbt_secret",
    });
  });

  it("needs no token if the bridge needs none", async () => {
    values["auth.mode"] = "none";
    isAvailable = false;
    assert.notEqual(await server.describe(), undefined);
    assert.deepEqual(await server.authorize({}), {});
  });

  it("is absent while the gateway is off, and when the access was revoked", async () => {
    values["gateways.mcp.enabled"] = false;
    assert.equal(await server.describe(), undefined);
    values["gateways.mcp.enabled"] = true;
    isAvailable = false;
    assert.equal(await server.describe(), undefined);
  });

  it("has another version when the tools or the token are others", async () => {
    const versions = [(await server.describe())?.version];
    values["mcp.pinnedCommands"] = ["editor.action.formatDocument"];
    versions.push((await server.describe())?.version);
    generation++;
    versions.push((await server.describe())?.version, (await server.describe())?.version);
    assert.equal(new Set(versions).size, 3);
  });

  it("tells when the address has moved or the token has ended, and nothing else", async () => {
    address.become({ windows: [] });
    assert.equal(changes, 0);
    address.become({ url: "http://127.0.0.1:3002" });
    assert.equal(changes, 1);
    assert.equal((await server.describe())?.url, "http://127.0.0.1:3002/mcp");
    ended.fire();
    assert.equal(changes, 2);
  });
});
