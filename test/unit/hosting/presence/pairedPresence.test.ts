import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { processSpace } from "../../../../src/core/processes.ts";
import { fixedAddress } from "../../../../src/bridge/bridgeAddress.ts";
import { Presence } from "../../../../src/hosting/presence/presence.ts";
import { MemoryTokens } from "../../../../src/hosting/tokens/memoryTokens.ts";
import { TokenStore } from "../../../../src/hosting/tokens/ownerTokens.ts";
import { findPortOwner } from "../../../../src/server/listen/portOwner.ts";
import type { BridgeEntry } from "../../../../src/windows/bridgeEntry.ts";
import { publishEntry, readEntries } from "../../../../src/windows/discovery.ts";
import { TokenFile } from "../../../../src/windows/tokenFile.ts";
import { callPort } from "../../../support/httpClient.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";
import { FakeSecrets } from "../tokens/fakeSecrets.ts";

interface Window {
  readonly presence: Presence;
  readonly bridge: TestBridge;
  readonly tokens: MemoryTokens | TokenStore;
  close(): Promise<void>;
}

describe("The presence of a window whose programs must be let in", () => {
  let disposables: DisposableStore;
  let folder: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    disposables = new DisposableStore();
  });

  afterEach(async () => {
    await disposables.dispose();
    await removeFolder(folder);
  });

  async function open(mode: "full" | "pair", secrets = new FakeSecrets()): Promise<Window> {
    const store = new DisposableStore();
    const stored = store.add(new TokenStore({ file: new TokenFile(folder), secrets, logger: silentLogger }));
    const tokens = mode === "pair" ? store.add(new MemoryTokens()) : stored;
    const unused = mode === "pair" ? stored : undefined;
    const presence = await Presence.begin({ folder, tokens, unused, logger: silentLogger, publishMs: 60_000 });
    const bridge = store.add(await startTestBridge({ guards: { token: presence.token } }));
    store.add(presence);
    await presence.show({
      server: bridge.server,
      address: fixedAddress(bridge.server),
      describe: (token) => entry({ url: bridge.server.url, ...(mode === "full" && { token }) }),
    });
    const close = (): Promise<void> => store.dispose();
    disposables.defer(close);
    return { presence, bridge, tokens, close };
  }

  const entry = (fields: Partial<BridgeEntry>): BridgeEntry => ({
    version: "0.1.0",
    url: "http://127.0.0.1:1",
    pid: process.pid,
    machine: processSpace,
    windows: [],
    ...fields,
  });
  const tokenFile = (): string => join(folder, "token");
  const textOf = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

  const ownsFirstFile = ({ server }: TestBridge): Promise<void> =>
    until(async () => JSON.parse(await textOf("bridge.json").catch(() => "{}")).url === server.url);

  it("publishes the address without the token", async () => {
    const { presence, bridge } = await open("pair");
    const text = await textOf("bridge.json");
    assert.ok(text.includes(bridge.server.url) && !text.includes(presence.token));
    assert.equal("token" in JSON.parse(text), false);
    assert.equal(existsSync(tokenFile()), false);
    const headers = { Authorization: `Bearer ${presence.token}` };
    assert.equal((await callPort(bridge.port, "/api/kiro/status", { headers })).status, 200);
  });

  it("removes the token that was stored before", async () => {
    await (await open("full")).close();
    const before = (await textOf("token")).trim();
    const secrets = new FakeSecrets();
    await secrets.store("kiroBridge.token", before);
    const { presence, bridge } = await open("pair", secrets);
    assert.deepEqual([existsSync(tokenFile()), await secrets.get("kiroBridge.token")], [false, undefined]);
    assert.notEqual(presence.token, before);
    const headers = { Authorization: `Bearer ${before}` };
    assert.equal((await callPort(bridge.port, "/api/kiro/status", { headers })).status, 401);
  });

  it("leaves the token of another editor that publishes it, until that one has ended", async () => {
    const full = await open("full");
    const paired = await open("pair");
    assert.equal((await textOf("token")).trim(), full.presence.token);
    await full.close();
    await paired.close();
    await open("pair");
    assert.equal(existsSync(tokenFile()), false);
  });

  it("removes a token that a crashed bridge has left behind", async () => {
    const full = await open("full");
    const { token } = full.presence;
    const { bridge } = await open("pair");
    await full.close();
    await ownsFirstFile(bridge);
    const pid = Number(execFileSync(process.execPath, ["-p", "process.pid"]).toString());
    await writeFile(tokenFile(), `${token}\n`);
    await publishEntry(folder, entry({ pid, started: "long ago", token, url: "http://127.0.0.1:2" }));
    await until(() => !existsSync(tokenFile()));
  });

  it("publishes a token again after the way back", async () => {
    await (await open("pair")).close();
    const { presence } = await open("full");
    assert.equal(JSON.parse(await textOf("bridge.json")).token, presence.token);
    assert.equal((await textOf("token")).trim(), presence.token);
  });

  it("has another token after each start, and after its replacement, which disconnects", async () => {
    const first = await open("pair");
    const before = first.presence.token;
    const client = await SocketClient.open(first.bridge, { token: before });
    await first.tokens.rotate();
    assert.equal((await client.closed).code, 4401);
    assert.notEqual(first.presence.token, before);
    assert.equal(existsSync(tokenFile()), false);
    await first.close();
    assert.notEqual((await open("pair")).presence.token, before);
  });

  it("keeps its place in the folder, and hands bridge.json over", async () => {
    const first = await open("pair");
    const second = await open("pair");
    assert.equal(JSON.parse(await textOf("bridge.json")).url, first.bridge.server.url);
    assert.equal((await readEntries(folder)).length, 2);
    await first.close();
    await ownsFirstFile(second.bridge);
  });

  it("is recognized as the owner of its port, and proves nothing without its token", async () => {
    const { presence, bridge } = await open("pair");
    const owner = await findPortOwner(bridge.port, await readEntries(folder));
    assert.equal(owner.kind, "sibling");
    const challenge = "c".repeat(32);
    const { json } = await callPort(bridge.port, `/health?challenge=${challenge}`);
    assert.equal(typeof json["proof"], "string");
    assert.ok(!JSON.stringify(json).includes(presence.token));
  });

  it("says on its home page, and to those without a token, how to get one", async () => {
    const bridge = await startTestBridge({ publishesToken: false, guards: { publishesToken: false } });
    const howTo = /^(?!.*bridge\.json).*POST \/api\/kiro\/pair/;
    try {
      assert.match(String((await callPort(bridge.port, "/")).json["token"]), howTo);
      for (const headers of [{}, { Authorization: "Bearer wrong" }]) {
        const { status, json } = await callPort(bridge.port, "/api/kiro/status", { headers });
        assert.deepEqual([status, howTo.test(String(json["message"]))], [401, true]);
      }
    } finally {
      await bridge.dispose();
    }
  });
});
