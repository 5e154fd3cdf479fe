import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { addressFolder } from "../../src/windows/address/folderRegister.ts";
import { callPort } from "../support/httpClient.ts";
import { until } from "../support/until.ts";
import { type Sent, WindowGroup } from "../support/windows/windowGroup.ts";
import type { WindowProcess } from "../support/windows/windowProcess.ts";

/** Whole bridges, each in a process of its own, whose common files are lost, damaged, or from another time. */
describe("Windows with the files of their address", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let folder: string;
  let program: ChildProcess;

  beforeEach(async () => {
    group = await WindowGroup.create();
    folder = addressFolder(group.discovery, group.port);
    program = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"], { stdio: "ignore" });
  });
  afterEach(async () => {
    program.kill("SIGKILL");
    await group.dispose();
  });

  const outputOf = (sent: Sent): string | undefined => (sent.kind === "answer" ? sent.body.output : undefined);
  /** Checks that all windows can be reached at the port. */
  const assertAllAt = async (windows: readonly WindowProcess[], url = group.url): Promise<WindowProcess> => {
    const owner = await group.settled(windows);
    for (const { id } of windows) {
      assert.equal(outputOf(await group.execute({ command: "test.windowId", windowId: id }, {}, url)), id);
    }
    return owner;
  };
  const two = async (): Promise<WindowProcess[]> => {
    const windows = [await group.start("a"), await group.start("b")];
    await group.settled(windows);
    return windows;
  };
  /** Registers an owner that was there before. */
  const register = async (record: object, version = 7): Promise<void> => {
    await mkdir(join(folder, String(version)), { recursive: true });
    await writeFile(join(folder, String(version), "record.json"), JSON.stringify(record));
  };
  const versions = async (): Promise<string[]> =>
    (await readdir(folder).catch(() => [])).filter((name) => /^\d+$/.test(name));

  it("go on when the folder of the register is removed, and join and succeed as before", async () => {
    const windows = await two();
    await rm(dirname(folder), { recursive: true });
    await until(async () => (await versions()).length > 0, "the register to be written again");
    windows.push(await group.start("c"));
    const owner = await assertAllAt(windows);
    await rm(dirname(folder), { recursive: true });
    await owner.kill();
    await assertAllAt(windows.filter((window) => window !== owner));
  });

  it("go on when the whole folder of discovery is removed", async () => {
    const windows = await two();
    await rm(group.discovery, { recursive: true });
    await until(async () => (await versions()).length > 0, "the register to be written again");
    const owner = await assertAllAt(windows);
    await owner.kill();
    const left = windows.filter((window) => window !== owner);
    left.push(await group.start("c"));
    await assertAllAt(left);
  });

  for (const [name, text] of [
    ["empty", ""],
    ["of a program that crashed while it wrote", '{"term": 7, "own'],
    ["of another format", '{"port": "3001"}'],
  ] as const) {
    it(`share the address in spite of a record that is ${name}`, async () => {
      await mkdir(join(folder, "7"), { recursive: true });
      await writeFile(join(folder, "7", "record.json"), text);
      await assertAllAt([await group.start("a"), await group.start("b")]);
    });

    it(`go on when the latest record becomes ${name}`, async () => {
      const windows = await two();
      const latest = Math.max(...(await versions()).map(Number));
      await writeFile(join(folder, String(latest), "record.json"), text);
      await until(async () => {
        const found = (await versions()).map(Number).filter((version) => version > latest);
        return found.length > 0;
      }, "another record");
      await assertAllAt(windows);
    });
  }

  it("take over at once from an owner whose process has ended, and whose ID another program has", async () => {
    const { pid = 0 } = program;
    await register({ term: 7, owner: { windowId: "old", pid, started: "1" }, port: group.port, renewal: "r" });
    await assertAllAt([await group.start("a"), await group.start("b")]);
    await rm(folder, { recursive: true });
    assert.equal(program.exitCode, null);
  });

  it("take over from an owner that cannot be told from another program with its ID", async () => {
    const { pid = 0 } = program;
    await register({ term: 7, owner: { windowId: "old", pid }, port: group.port, renewal: "r" });
    await assertAllAt([await group.start("a"), await group.start("b")]);
  });

  it("leave another program alone that has the ID and the port of an owner", async () => {
    const { pid = 0 } = program;
    const stranger = createServer((_request, response) => response.end("hi"));
    await new Promise<void>((resolve) => stranger.listen(group.port, "127.0.0.1", resolve));
    await register({ term: 7, owner: { windowId: "old", pid }, port: group.port, renewal: "r" });
    const windows = [await group.start("a"), await group.start("b")];
    const owner = await group.settled(windows);
    assert.notEqual(owner.address?.port, group.port);
    await assertAllAt(windows, owner.address?.url);
    assert.equal((await callPort(group.port, "/")).text, "hi");
    stranger.close();
    stranger.closeAllConnections();
  });

  it("are alone, and say why, while the register cannot be used, and share the address afterwards", async () => {
    await mkdir(dirname(folder), { recursive: true });
    await writeFile(folder, "not a folder");
    const windows = [await group.open("a"), await group.open("b")];
    for (const window of windows) {
      const { note } = await window.whenAddress(({ role }) => role === "alone");
      assert.match(note ?? "", /register of the address cannot be used/);
      const at = window.address?.url;
      assert.equal(outputOf(await group.execute({ command: "test.windowId" }, {}, at)), window.id);
    }
    await rm(folder);
    await assertAllAt(windows);
  });

  it("keep their links when the key of the link is removed or replaced, and accept others with the new one", async () => {
    const windows = await two();
    const file = join(group.discovery, "link.key");
    const first = await readFile(file, "utf8");
    await rm(file);
    windows.push(await group.start("c"));
    await assertAllAt(windows);
    assert.notEqual(await readFile(file, "utf8"), first);
    await writeFile(file, first);
    windows.push(await group.start("d"));
    const owner = await assertAllAt(windows);
    await owner.kill();
    await assertAllAt(windows.filter((window) => window !== owner));
  });

  it("do not let a window in while the key cannot be used, which says why, and do so afterwards", async () => {
    const windows = await two();
    const file = join(group.discovery, "link.key");
    const key = await readFile(file, "utf8");
    await writeFile(file, "");
    const late = await group.open("c");
    const { note } = await late.whenAddress(({ role }) => role === "alone");
    assert.match(note ?? "", /link\.key/);
    assert.equal(await readFile(file, "utf8"), "");
    await assertAllAt(windows);
    await writeFile(file, key);
    await assertAllAt([...windows, late]);
  });
});
