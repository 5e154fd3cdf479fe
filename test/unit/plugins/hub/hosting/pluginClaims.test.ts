import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { AccessFile, type AccessStorage } from "../../../../../src/access/accessFile.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { identify, processSpace } from "../../../../../src/core/processes.ts";
import { PluginClaims } from "../../../../../src/plugins/hub/hosting/pluginClaims.ts";
import { MemoryAccess } from "../../../../support/memoryAccess.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { until } from "../../../../support/until.ts";

describe("The names of plugins", () => {
  let storage: MemoryAccess;
  let revoked: string[];
  let windows: PluginClaims[];

  beforeEach(() => {
    storage = new MemoryAccess();
    revoked = [];
    windows = [];
  });

  afterEach(async () => void (await Promise.all(windows.map((window) => window.dispose()))));

  function open(windowId: string, on: AccessStorage = storage) {
    const revoke = async (id: string) => void revoked.push(id);
    const claims = new PluginClaims({ storage: on, windowId, revoke, logger: silentLogger });
    windows.push(claims);
    return claims;
  }

  it("belong to one window each, until it gives them up", async () => {
    const [first, second] = [open("1"), open("2")];
    assert.equal(await first.take("a", "/x"), undefined);
    assert.equal(await first.take("a", "/x"), undefined);
    const { windowId, folder } = (await second.take("a", "/y")) ?? {};
    assert.deepEqual([windowId, folder], ["1", "/x"]);
    assert.equal(await second.take("b", "/y"), undefined);
    let isFree = false;
    second.onDidChange(() => (isFree = true));
    await first.release("a");
    assert.ok(isFree);
    assert.equal(await second.take("a", "/y"), undefined);
  });

  it("are free when a window closes, others first", async () => {
    const [first, second] = [open("1"), open("2")];
    await first.take("a", "/x");
    await second.take("b", "/y");
    await first.dispose();
    assert.equal(await second.take("a", "/x"), undefined);
    assert.deepEqual(JSON.parse(storage.text ?? "").claims.length, 2);
  });

  it("of a crashed window are free, and the access of its plugins ends", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"]);
    await once(child, "spawn");
    const { started } = (await identify(child.pid ?? 0)) ?? {};
    const claim = { name: "a", folder: "/x", windowId: "1", pid: child.pid, started, machine: processSpace };
    storage.text = JSON.stringify({ claims: [{ ...claim, clientId: "client-of-a" }] });
    const second = open("2");
    assert.equal((await second.take("a", "/x"))?.windowId, "1");
    child.kill("SIGKILL");
    await once(child, "exit");
    let isFree = false;
    second.onDidChange(() => (isFree = true));
    storage.look();
    await until(() => isFree, "the news");
    assert.equal(await second.take("a", "/x"), undefined);
    assert.deepEqual(revoked, ["client-of-a"]);
  });

  it("of another machine are not judged by processes of this one", async () => {
    const claim = { name: "a", folder: "/x", windowId: "1", pid: 2 ** 30, machine: "elsewhere" };
    storage.text = JSON.stringify({ claims: [claim] });
    assert.equal((await open("2").take("a", "/x"))?.windowId, "1");
  });

  it("wake no other window when nothing changes", async () => {
    const [first, second] = [open("1"), open("2")];
    await first.take("a", "/x");
    const { text } = storage;
    let wakes = 0;
    first.onDidChange(() => wakes++);
    await second.take("a", "/y");
    await first.take("a", "/x");
    await second.release("a");
    storage.look();
    assert.deepEqual([storage.text, wakes], [text, 0]);
  });

  it("are written with the access of the process", async () => {
    const claims = open("1");
    await claims.take("a", "/x");
    await claims.note("a", "client");
    assert.equal(JSON.parse(storage.text ?? "").claims[0].clientId, "client");
    await claims.note("a", undefined);
    assert.equal("clientId" in JSON.parse(storage.text ?? "").claims[0], false);
  });

  it("can be taken when the file is not valid", async () => {
    storage.text = "[";
    assert.equal(await open("1").take("a", "/x"), undefined);
  });

  it("go to one of several windows that want them at once, in a file that only the user can read", async () => {
    const folder = await temporaryFolder();
    try {
      const all = ["1", "2", "3", "4"].map((id) => open(id, new AccessFile(folder, silentLogger, "plugins.json")));
      const holders = await Promise.all(all.map((claims) => claims.take("a", "/x")));
      assert.equal(holders.filter((holder) => holder === undefined).length, 1);
      const path = join(folder, "plugins.json");
      assert.equal(JSON.parse(await readFile(path, "utf8")).claims.length, 1);
      if (process.platform !== "win32") assert.equal((await stat(path)).mode & 0o777, 0o600);
      await Promise.all(windows.splice(0).map((claims) => claims.dispose()));
    } finally {
      await removeFolder(folder);
    }
  });
});
