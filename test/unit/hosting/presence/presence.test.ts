import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { WebSocket } from "ws";
import { silentLogger } from "../../../../src/base/logger.ts";
import { processSpace } from "../../../../src/core/processes.ts";
import { DiscoveryEntry } from "../../../../src/hosting/presence/discoveryEntry.ts";
import { fixedAddress } from "../../../../src/bridge/bridgeAddress.ts";
import { Presence } from "../../../../src/hosting/presence/presence.ts";
import { Succession } from "../../../../src/hosting/presence/succession.ts";
import { TokenStore } from "../../../../src/hosting/tokens/ownerTokens.ts";
import type { BridgeEntry } from "../../../../src/windows/bridgeEntry.ts";
import { publishEntry, readEntries } from "../../../../src/windows/discovery.ts";
import { TokenFile } from "../../../../src/windows/tokenFile.ts";
import { callPort } from "../../../support/httpClient.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";
import { FakeSecrets } from "../tokens/fakeSecrets.ts";

interface Window {
  readonly presence: Presence;
  readonly bridge: TestBridge;
  readonly tokens: TokenStore;
  close(): Promise<void>;
}

describe("The presence of a window", () => {
  let folder: string;
  let deadPid: number;
  const windows: Window[] = [];

  before(() => {
    deadPid = Number(execFileSync(process.execPath, ["-p", "process.pid"]).toString());
  });

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    await Promise.all(windows.splice(0).map((window) => window.close()));
    await removeFolder(folder);
  });

  /** A window with secrets of its own, as in a browser. However busy the machine is, it can write its file in time. */
  async function open(place = folder): Promise<Window> {
    const tokens = new TokenStore({ file: new TokenFile(place), secrets: new FakeSecrets(), logger: silentLogger });
    const presence = await Presence.begin({ folder: place, tokens, logger: silentLogger, publishMs: 60_000 });
    const bridge = await startTestBridge({ guards: { token: presence.token } });
    await presence.show({
      server: bridge.server,
      address: fixedAddress(bridge.server),
      describe: (token) => entry({ url: bridge.server.url, token }),
    });
    const close = async (): Promise<void> => {
      await presence.dispose();
      tokens.dispose();
      await bridge.dispose();
    };
    const window = { presence, bridge, tokens, close };
    windows.push(window);
    return window;
  }

  const entry = (fields: Partial<BridgeEntry>): BridgeEntry => ({
    version: "0.1.0",
    url: "http://127.0.0.1:1",
    pid: process.pid,
    machine: processSpace,
    token: "",
    windows: [],
    ...fields,
  });
  const shown = (name: string): Partial<BridgeEntry> => {
    const path = join(folder, name);
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  };
  const statusOf = async (port: number, token: string): Promise<number> =>
    (await callPort(port, "/api/kiro/status", { headers: { Authorization: `Bearer ${token}` } })).status;

  it("notices a replacement while its bridge starts", async () => {
    const other = await open();
    const tokens = new TokenStore({ file: new TokenFile(folder), secrets: new FakeSecrets(), logger: silentLogger });
    const presence = await Presence.begin({ folder, tokens, logger: silentLogger });
    const old = presence.token;
    await other.tokens.rotate();
    const bridge = await startTestBridge({ guards: { token: old } });
    await presence.show({
      server: bridge.server,
      address: fixedAddress(bridge.server),
      describe: (token) => entry({ url: bridge.server.url, token }),
    });
    await until(() => presence.token !== old);
    await until(() => other.presence.token === presence.token);
    while ((await statusOf(bridge.port, old)) !== 401) await new Promise(setImmediate);
    assert.equal(await statusOf(bridge.port, presence.token), 200);
    await presence.dispose();
    tokens.dispose();
    await bridge.dispose();
  });

  it("uses one token for all windows; when one replaces it, the others follow and disconnect old clients", async () => {
    const first = await open();
    const second = await open();
    const old = first.presence.token;
    assert.equal(second.presence.token, old);
    const socket = new WebSocket(`ws://127.0.0.1:${second.bridge.port}/ws`, {
      headers: { Authorization: `Bearer ${old}` },
    });
    await once(socket, "open");
    const closed = once(socket, "close");
    await first.tokens.rotate();
    const [code] = await closed;
    assert.equal(code, 4401);
    // A client that reconnects immediately finds the new token, and it is valid.
    const { token = "" } = shown(`bridge-${second.bridge.port}.json`);
    assert.equal(token, await first.tokens.get());
    assert.deepEqual([await statusOf(second.bridge.port, old), await statusOf(second.bridge.port, token)], [401, 200]);
    await until(() => first.presence.token === token && shown("bridge.json").token === token);
    await until(() => second.presence.token === token);
  });

  it("takes over bridge.json when its window closes", async () => {
    const first = await open();
    const [second, third] = [await open(), await open()];
    assert.equal(shown("bridge.json").url, first.bridge.server.url);
    const renoted = Promise.race(
      [second, third].map(({ presence }) => new Promise<void>((resolve) => presence.onDidChangeNote(resolve))),
    );
    await first.presence.dispose();
    await renoted;
    const urls = (): unknown[] => [second, third].map(({ bridge }) => bridge.server.url);
    await until(() => urls().includes(shown("bridge.json").url));
    const isSecond = shown("bridge.json").url === second.bridge.server.url;
    const other = isSecond ? third : second;
    const numbered = `bridge-${(isSecond ? second : third).bridge.port}.json`;
    await until(() => !existsSync(join(folder, numbered)));
    assert.equal(shown(`bridge-${other.bridge.port}.json`).url, other.bridge.server.url);
    await until(() => (isSecond ? second : third).presence.note === undefined);
    assert.match(other.presence.note ?? "", new RegExp(`bridge-${other.bridge.port}\\.json`));
  });

  it("restores its file when the file or the folder is removed", async () => {
    const { bridge, presence } = await open();
    await rm(join(folder, "bridge.json"));
    await until(() => shown("bridge.json").url === bridge.server.url);
    const { token } = presence;
    // The window writes into it at the same time.
    await rm(folder, { recursive: true, maxRetries: 100, retryDelay: 10 });
    await until(() => shown("bridge.json").url === bridge.server.url);
    assert.equal(shown("bridge.json").token, token);
    await until(() => existsSync(join(folder, "token")));
    assert.equal(await new TokenFile(folder).read(), token);
  });

  const crashed = (token: string): BridgeEntry => entry({ pid: deadPid, token, url: "http://127.0.0.1:40001" });

  it("starts with a new token when a bridge ended without removing its entry", async () => {
    const token = await new TokenFile(folder).get();
    await publishEntry(folder, crashed(token));
    const { presence, bridge } = await open();
    assert.notEqual(presence.token, token);
    assert.deepEqual(
      (await readEntries(folder)).map(({ url }) => url),
      [bridge.server.url],
    );
    assert.deepEqual([await statusOf(bridge.port, token), await statusOf(bridge.port, presence.token)], [401, 200]);
  });

  it("replaces the token when that happens to another window later", async () => {
    const { presence, bridge } = await open();
    const { token } = presence;
    await writeFile(join(folder, "bridge-40001.json"), JSON.stringify(crashed(token)));
    await until(() => presence.token !== token && shown("bridge.json").token === presence.token);
    assert.deepEqual(
      (await readEntries(folder)).map(({ url }) => url),
      [bridge.server.url],
    );
    await until(async () => (await statusOf(bridge.port, token)) === 401, "the old token to be refused");
  });

  it("keeps its token when a leftover entry has another one", async () => {
    const { presence, bridge } = await open();
    const { token } = presence;
    await writeFile(join(folder, "bridge-40001.json"), JSON.stringify(crashed("another")));
    await until(() => !existsSync(join(folder, "bridge-40001.json")));
    assert.equal(await statusOf(bridge.port, token), 200);
    assert.equal(presence.token, token);
  });

  it("keeps its token over an orderly stop", async () => {
    const first = await open();
    const { token } = first.presence;
    await first.close();
    windows.splice(0);
    assert.deepEqual(await readdir(folder), ["token"]);
    assert.equal((await open()).presence.token, token);
  });

  it("works without a writable folder, and reports it", async () => {
    const place = join(folder, "file");
    await writeFile(place, "");
    const { presence, bridge } = await open(place);
    assert.match(presence.note ?? "", /could not be written/);
    assert.equal(await statusOf(bridge.port, presence.token), 200);
  });
});

describe("The entry of a window", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(() => removeFolder(folder));

  it("is not written again after it was removed", async () => {
    const describeIt = (): BridgeEntry => ({
      version: "0.1.0",
      url: "http://127.0.0.1:40002",
      pid: process.pid,
      machine: processSpace,
      token: "t",
      windows: [],
    });
    const own = new DiscoveryEntry({
      folder,
      describe: describeIt,
      isCurrent: async () => true,
      succession: new Succession(),
      onLeft: async () => undefined,
      logger: silentLogger,
    });
    await own.publish();
    const late = [own.publish(), own.look()];
    await own.dispose();
    await Promise.all(late);
    await own.publish();
    await own.look();
    assert.deepEqual(await readdir(folder), []);
  });
});
