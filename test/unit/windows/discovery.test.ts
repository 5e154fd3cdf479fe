import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { processSpace } from "../../../src/core/processes.ts";
import { type BridgeEntry, discoveryFolder } from "../../../src/windows/bridgeEntry.ts";
import { isPublished, publishEntry, readEntries, sweepEntries, withdrawEntry } from "../../../src/windows/discovery.ts";
import { StrangeServers } from "../../support/programs/strangeServers.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";

const isWindows = process.platform === "win32";

describe("Discovery", () => {
  let place: string;
  let folder: string;
  let sibling: TestBridge;
  let deadPid: number;

  before(async () => {
    deadPid = Number(execFileSync(process.execPath, ["-p", "process.pid"]).toString());
    sibling = await startTestBridge();
  });

  after(() => sibling.dispose());

  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), "kb-home-"));
    folder = join(place, ".kiro-bridge");
  });

  afterEach(() => rm(place, { recursive: true, force: true }));

  const entry = (fields: Partial<BridgeEntry> = {}): BridgeEntry => ({
    version: "0.1.0",
    url: "http://127.0.0.1:3999",
    pid: process.pid,
    token: "secret",
    windows: [{ id: "w1", pid: process.pid, workspaceFolders: ["/a"], editor: "test" }],
    ...fields,
  });
  const siblings = (): BridgeEntry => entry({ url: sibling.server.url, token: "siblings" });
  const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
  const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(folder, name), "utf8"));

  it("is in ~/.kiro-bridge, or in KIRO_BRIDGE_HOME", () => {
    assert.equal(discoveryFolder({}), join(homedir(), ".kiro-bridge"));
    assert.equal(discoveryFolder({ KIRO_BRIDGE_HOME: "" }), join(homedir(), ".kiro-bridge"));
    assert.equal(discoveryFolder({ KIRO_BRIDGE_HOME: "/elsewhere" }), "/elsewhere");
  });

  it("writes bridge.json, readable by this user only", async () => {
    const path = await publishEntry(folder, entry());
    assert.equal(path, join(folder, "bridge.json"));
    assert.deepEqual(await read("bridge.json"), entry());
    assert.deepEqual(await readdir(folder), ["bridge.json"]);
    if (isWindows) return;
    assert.equal(await modeOf(folder), "700");
    assert.equal(await modeOf(path), "600");
  });

  it("removes the permissions of others from the folder and the file", async function () {
    if (isWindows) this.skip();
    await mkdir(folder, { mode: 0o777 });
    await chmod(folder, 0o777);
    await writeFile(join(folder, "bridge.json"), "{}", { mode: 0o666 });
    await chmod(join(folder, "bridge.json"), 0o666);
    const path = await publishEntry(folder, entry());
    assert.equal(await modeOf(folder), "700");
    assert.equal(await modeOf(path), "600");
  });

  it("updates its file in place, and removes it at the end", async () => {
    await publishEntry(folder, entry());
    await publishEntry(folder, entry({ token: "rotated" }));
    assert.deepEqual(await read("bridge.json"), entry({ token: "rotated" }));
    await withdrawEntry(folder, entry());
    assert.deepEqual(await readdir(folder), []);
    await withdrawEntry(folder, entry());
    await withdrawEntry(join(place, "never"), entry());
  });

  it("uses another file while another window has bridge.json", async () => {
    await publishEntry(folder, siblings());
    assert.equal(await publishEntry(folder, entry()), join(folder, "bridge-3999.json"));
    assert.deepEqual(await read("bridge.json"), siblings());
    assert.deepEqual(await read("bridge-3999.json"), entry());
    const found = (await readEntries(folder)).map(({ url }) => url).toSorted();
    assert.deepEqual(found, [entry().url, siblings().url].toSorted());
    await withdrawEntry(folder, entry());
    assert.deepEqual(await readdir(folder), ["bridge.json"]);
  });

  it("returns to bridge.json when the other window has closed, and leaves no second file", async () => {
    await publishEntry(folder, siblings());
    await publishEntry(folder, entry());
    await withdrawEntry(folder, siblings());
    assert.equal(await publishEntry(folder, entry()), join(folder, "bridge.json"));
    assert.deepEqual(await readdir(folder), ["bridge.json"]);
  });

  const stale: Record<string, () => string> = {
    "of a process that is dead": () => JSON.stringify(entry({ url: sibling.server.url, pid: deadPid })),
    "of a process that lives but is no bridge": () => JSON.stringify(entry({ url: "http://127.0.0.1:1" })),
    "that is not JSON": () => "{",
    "of another shape": () => JSON.stringify({ pid: process.pid, url: sibling.server.url }),
    "that is empty": () => "",
  };
  for (const [name, text] of Object.entries(stale)) {
    it(`replaces a file ${name}`, async () => {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "bridge.json"), text());
      assert.equal(await publishEntry(folder, entry()), join(folder, "bridge.json"));
      assert.deepEqual(await readEntries(folder), [entry()]);
    });
  }

  it("does not remove the files of others", async () => {
    for (const other of [entry({ pid: deadPid }), entry({ url: "http://127.0.0.1:4000" })]) {
      await publishEntry(folder, other);
      await withdrawEntry(folder, entry());
      assert.deepEqual(await readEntries(folder), [other]);
      await rm(folder, { recursive: true });
    }
  });

  it("loses no entry when windows start together", async () => {
    const bridges = await Promise.all([startTestBridge(), startTestBridge(), startTestBridge()]);
    try {
      const urls = bridges.map(({ server }) => server.url);
      const paths = await Promise.all(urls.map((url) => publishEntry(folder, entry({ url }))));
      assert.equal(paths.filter((path) => path === join(folder, "bridge.json")).length, 1);
      assert.deepEqual((await readEntries(folder)).map(({ url }) => url).toSorted(), urls.toSorted());
      assert.ok(!(await readdir(folder)).includes("bridge.lock"));
    } finally {
      await Promise.all(bridges.map((bridge) => bridge.dispose()));
    }
  });

  it("takes over a lock that a crashed window left behind", async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "bridge.lock"), String(deadPid));
    assert.equal(await publishEntry(folder, entry()), join(folder, "bridge.json"));
    assert.deepEqual(await readdir(folder), ["bridge.json"]);
  });

  describe("of a bridge whose process lives", () => {
    const strangers = new StrangeServers();
    afterEach(() => strangers.close());
    const modern = { machine: processSpace };

    it("leaves bridge.json to a bridge that does not respond because it is busy", async () => {
      const busy = entry({ url: await strangers.listen(() => undefined), ...modern });
      await publishEntry(folder, busy);
      assert.equal(await publishEntry(folder, entry()), join(folder, "bridge-3999.json"));
      await withdrawEntry(folder, entry());
      assert.deepEqual(await sweepEntries(folder, true), []);
      assert.deepEqual(await readEntries(folder), [busy]);
    });

    it("does not leave it to a bridge without the token of its entry", async () => {
      const pretended = entry({ url: sibling.server.url, token: "another", ...modern });
      await publishEntry(folder, pretended);
      assert.equal(await publishEntry(folder, entry()), join(folder, "bridge.json"));
      await withdrawEntry(folder, entry());
      await publishEntry(folder, entry({ url: sibling.server.url, token: TEST_TOKEN, ...modern }));
      assert.equal(await publishEntry(folder, entry()), join(folder, "bridge-3999.json"));
    });

    it("removes entries of this process that its port does not confirm", async () => {
      await publishEntry(folder, siblings());
      await publishEntry(folder, entry({ url: "http://127.0.0.1:1" }));
      assert.deepEqual(await sweepEntries(folder, false), []);
      assert.deepEqual(await sweepEntries(folder, true), [entry({ url: "http://127.0.0.1:1" })]);
      assert.deepEqual(await readdir(folder), ["bridge.json"]);
    });
  });

  describe("of the owner of an address", () => {
    const strangers = new StrangeServers();
    afterEach(() => strangers.close());
    const earlier = (url: string): ReadonlySet<string> => new Set([url]);

    it("comes first in place of an earlier owner of the address that is stopped", async () => {
      const frozen = entry({ url: await strangers.listen(() => undefined), machine: processSpace });
      await publishEntry(folder, frozen);
      assert.equal(await isPublished(folder, entry(), earlier(frozen.url)), false);
      assert.equal(await publishEntry(folder, entry(), earlier(frozen.url)), join(folder, "bridge.json"));
      assert.deepEqual(await readEntries(folder), [entry()]);
    });

    it("comes first in place of another process at its own URL, even if a bridge responds there", async () => {
      const thawed = entry({ url: sibling.server.url, token: TEST_TOKEN, pid: process.ppid, machine: processSpace });
      await publishEntry(folder, thawed);
      const own = entry({ url: sibling.server.url, token: TEST_TOKEN });
      assert.equal(await publishEntry(folder, own), join(folder, "bridge.json"));
      assert.deepEqual(await readEntries(folder), [own]);
    });

    it("moves from its other file to bridge.json when an earlier owner has that", async () => {
      const frozen = entry({ url: await strangers.listen(() => undefined), machine: processSpace });
      await publishEntry(folder, frozen);
      assert.equal(await publishEntry(folder, entry()), join(folder, "bridge-3999.json"));
      assert.equal(await isPublished(folder, entry()), true);
      assert.equal(await isPublished(folder, entry(), earlier(frozen.url)), false);
      await publishEntry(folder, entry(), earlier(frozen.url));
      assert.deepEqual(await readdir(folder), ["bridge.json"]);
    });

    it("leaves bridge.json to a bridge with another address, and to one of another machine with the same", async () => {
      await publishEntry(folder, siblings());
      const path = join(folder, "bridge-3999.json");
      assert.equal(await publishEntry(folder, entry(), earlier("http://127.0.0.1:3998")), path);
      await withdrawEntry(folder, siblings());
      await writeFile(join(folder, "bridge.json"), JSON.stringify(entry({ machine: "another" })));
      const own = entry({ machine: processSpace });
      assert.equal(await publishEntry(folder, own, earlier(own.url)), path);
    });
  });

  it("leaves the entry of an ended owner to its successor", async () => {
    const left = entry({ pid: deadPid, machine: processSpace });
    await publishEntry(folder, left);
    assert.deepEqual(await sweepEntries(folder, true, ({ url }) => url === left.url), []);
    assert.deepEqual(await readEntries(folder), [left]);
  });

  it("skips an entry that cannot be read", async function () {
    await mkdir(folder, { recursive: true });
    await mkdir(join(folder, "bridge.json"));
    await writeFile(join(folder, "bridge-4001.json"), JSON.stringify(entry({ url: sibling.server.url })));
    assert.deepEqual(
      (await readEntries(folder)).map(({ url }) => url),
      [sibling.server.url],
    );
    assert.deepEqual(await sweepEntries(folder, true), []);
  });

  const gone: Record<string, () => Partial<BridgeEntry>> = {
    "has ended": () => ({ pid: deadPid }),
    ...(!isWindows && { "has its id by chance": () => ({ pid: process.pid, started: "long ago" }) }),
  };
  for (const [name, fields] of Object.entries(gone)) {
    it(`removes only the entry of a process that ${name}`, async () => {
      const left = entry({ url: sibling.server.url, machine: processSpace, ...fields() });
      await publishEntry(folder, left);
      assert.equal(await isPublished(folder, entry()), false);
      await writeFile(join(folder, "bridge-4001.json"), JSON.stringify({ ...left, url: "http://127.0.0.1:4001" }));
      await writeFile(join(folder, "other.json"), "{}");
      assert.equal((await sweepEntries(folder, false)).length, 2);
      assert.deepEqual(await readdir(folder), ["other.json"]);
      assert.deepEqual(await sweepEntries(folder, false), []);
    });
  }

  it("keeps entries of another machine in the same folder while they are renewed", async () => {
    const foreign = entry({ url: "http://127.0.0.1:1", pid: deadPid, machine: "another" });
    await publishEntry(folder, foreign);
    assert.equal(await publishEntry(folder, entry()), join(folder, "bridge-3999.json"));
    assert.equal(await isPublished(folder, entry()), true);
    assert.deepEqual(await sweepEntries(folder, false), []);
    const old = new Date(Date.now() - 10 * 60_000);
    await utimes(join(folder, "bridge.json"), old, old);
    assert.equal(await isPublished(folder, entry()), false);
    assert.deepEqual(await sweepEntries(folder, false), [foreign]);
  });

  it("renews its own entry once a minute", async () => {
    const path = await publishEntry(folder, entry());
    const old = new Date(Date.now() - 61_000);
    await utimes(path, old, old);
    assert.equal(await isPublished(folder, entry()), true);
    assert.ok((await stat(path)).mtimeMs > old.getTime());
  });

  it("must be written again when it is gone, has changed, or when bridge.json is free", async () => {
    await publishEntry(folder, siblings());
    assert.equal(await isPublished(folder, entry()), false);
    await publishEntry(folder, entry());
    assert.equal(await isPublished(folder, entry()), true);
    assert.equal(await isPublished(folder, entry({ token: "rotated" })), false);
    await withdrawEntry(folder, siblings());
    assert.equal(await isPublished(folder, entry()), false);
    assert.equal(await publishEntry(folder, entry()), join(folder, "bridge.json"));
    assert.equal(await isPublished(folder, entry()), true);
    await rm(folder, { recursive: true });
    assert.equal(await isPublished(folder, entry()), false);
  });

  it("finds no bridge in a missing folder", async () => assert.deepEqual(await readEntries(folder), []));
});
