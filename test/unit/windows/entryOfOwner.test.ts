import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { identify, processSpace } from "../../../src/core/processes.ts";
import type { BridgeEntry } from "../../../src/windows/bridgeEntry.ts";
import { publishEntry, readEntries } from "../../../src/windows/discovery.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";

describe("The discovery entry of the owner of an address", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(() => removeFolder(folder));

  const entry = (url: string): BridgeEntry => ({
    version: "0.1.0",
    url,
    pid: process.pid,
    token: "secret",
    windows: [],
  });

  it("is not written by a window that has lost the address while it waited", async () => {
    const present = entry("http://127.0.0.1:3999");
    await publishEntry(folder, present);
    const late = publishEntry(folder, entry("http://127.0.0.1:3998"), new Set([present.url]), async () => false);
    assert.equal(await late, undefined);
    assert.deepEqual(await readEntries(folder), [present]);
  });

  it("is written also while a stopped process has the lock", async () => {
    const { pid } = process;
    const holder = { id: "stopped", pid, started: (await identify(pid))?.started, space: processSpace };
    await mkdir(join(folder, "bridge.lock"));
    await writeFile(join(folder, "bridge.lock", "owner.json"), JSON.stringify(holder));
    const present = entry("http://127.0.0.1:3999");
    assert.equal(await publishEntry(folder, present), join(folder, "bridge.json"));
    assert.deepEqual(await readEntries(folder), [present]);
  });
});
