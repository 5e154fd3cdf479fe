import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { identify, processSpace } from "../../../../src/core/processes.ts";
import { Presence } from "../../../../src/hosting/presence/presence.ts";
import { TokenStore } from "../../../../src/hosting/tokens/ownerTokens.ts";
import { type BridgeEntry, entryText } from "../../../../src/windows/bridgeEntry.ts";
import { publishEntry } from "../../../../src/windows/discovery.ts";
import { TokenFile } from "../../../../src/windows/tokenFile.ts";
import { FakeAddress, listing } from "../../../support/fakeAddress.ts";
import { StrangeServers } from "../../../support/programs/strangeServers.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { until } from "../../../support/until.ts";
import { FakeSecrets } from "../tokens/fakeSecrets.ts";

interface Window {
  readonly presence: Presence;
  readonly address: FakeAddress;
  readonly tokens: TokenStore;
  /** The tokens that its guards have taken over, and what bridge.json had at that time. */
  readonly rotations: { readonly token: string; readonly published: string | undefined }[];
  close(): Promise<void>;
}

const FIRST = "http://127.0.0.1:3001";
const NEXT = "http://127.0.0.1:3002";

describe("The presence of windows that share an address", () => {
  let folder: string;
  let deadPid: number;
  let pids: { readonly owner: number; readonly member: number };
  let started: ReadonlyMap<number, string | undefined>;
  let disposables: DisposableStore;
  const ends: (() => unknown)[] = [];
  const strangers = new StrangeServers();

  before(async () => {
    deadPid = Number(execFileSync(process.execPath, ["-p", "process.pid"]).toString());
    pids = { owner: startProcess(), member: startProcess() };
    const living = [pids.owner, pids.member];
    started = new Map(await Promise.all(living.map(async (pid) => [pid, (await identify(pid))?.started] as const)));
  });

  after(() => {
    for (const end of ends) end();
  });

  /** A process that stands for one with a window. */
  function startProcess(): number {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: ["pipe", "ignore", "ignore"] });
    ends.push(() => child.kill());
    return child.pid ?? 0;
  }

  beforeEach(async () => {
    folder = await temporaryFolder();
    disposables = new DisposableStore();
  });

  afterEach(async () => {
    await disposables.dispose();
    strangers.close();
    await removeFolder(folder);
  });

  const entry = ({ pid = pids.owner, ...fields }: Partial<BridgeEntry>): BridgeEntry => ({
    version: "0.1.0",
    url: FIRST,
    pid,
    started: started.get(pid),
    machine: processSpace,
    token: "",
    windows: [],
    ...fields,
  });
  const first = (): Partial<BridgeEntry> => {
    const path = join(folder, "bridge.json");
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  };
  const entryFiles = async (): Promise<string[]> =>
    (await readdir(folder)).filter((name) => /^bridge.*\.json$/.test(name));

  /** A window of a process. */
  async function open(address: FakeAddress, pid = pids.owner, takeoverMs?: number): Promise<Window> {
    const store = new DisposableStore();
    const secrets = new FakeSecrets();
    const tokens = store.add(new TokenStore({ file: new TokenFile(folder), secrets, logger: silentLogger }));
    const deps = {
      folder,
      tokens,
      logger: silentLogger,
      publishMs: 60_000,
      ...(takeoverMs !== undefined && { takeoverMs }),
    };
    const presence = store.add(await Presence.begin(deps));
    const rotations: Window["rotations"] = [];
    const server = { rotateToken: (token: string) => void rotations.push({ token, published: first().token }) };
    const windows = () =>
      address.windows().map(({ id, editor, workspaceFolders }) => ({ id, pid, editor, workspaceFolders }));
    const describe = (token: string) => entry({ url: address.url, token, pid, windows: windows() });
    await presence.show({ server, address, describe });
    const close = (): Promise<void> => store.dispose();
    disposables.defer(close);
    return { presence, address, tokens, rotations, close };
  }

  const member = (): FakeAddress => new FakeAddress({ role: "member", url: FIRST });
  /** The entry of an owner whose process was killed. */
  const leave = async (url = FIRST, windows: BridgeEntry["windows"] = []): Promise<string> => {
    const token = await new TokenFile(folder).get();
    await publishEntry(folder, entry({ pid: deadPid, url, token, windows }));
    return token;
  };
  const windowOf = (pid: number): BridgeEntry["windows"][number] => ({
    id: String(pid),
    pid,
    editor: "Code",
    workspaceFolders: [],
  });

  it("publishes the address from its owner alone", async () => {
    await open(new FakeAddress());
    await open(member(), pids.member);
    assert.deepEqual(await entryFiles(), ["bridge.json"]);
    assert.equal(first().pid, pids.owner);
  });

  it("lists the windows at the address, as they join and leave", async () => {
    const { address } = await open(new FakeAddress());
    const ids = (): unknown => first().windows?.map(({ id }) => id);
    for (const expected of [["a", "b", "c"], ["a"]]) {
      address.become({ windows: expected.map((id) => listing(id)) });
      await until(() => isDeepStrictEqual(ids(), expected));
    }
  });

  it("withdraws the entry of a window that becomes a member", async () => {
    const { address } = await open(new FakeAddress({ role: "alone", url: NEXT }));
    assert.equal(first().url, NEXT);
    address.become({ role: "member", url: FIRST });
    await until(async () => (await entryFiles()).length === 0);
  });

  it("rewrites bridge.json when a member takes over the port, and keeps the token", async () => {
    const window = await open(member());
    const token = await leave();
    window.address.become({ role: "seeking" });
    window.address.become({ role: "owner" });
    await until(() => first().pid === pids.owner);
    assert.deepEqual([first().token, window.presence.token, window.rotations], [token, token, []]);
  });

  it("leaves the entry of a killed owner, and the token, to the member that takes over", async () => {
    const window = await open(member(), pids.member);
    const token = await leave();
    const other = entry({ pid: deadPid, url: "http://127.0.0.1:4001", token: "another" });
    await writeFile(join(folder, "bridge-4001.json"), entryText(other));
    await until(async () => !(await entryFiles()).includes("bridge-4001.json"));
    assert.deepEqual([first().pid, first().token, window.presence.token], [deadPid, token, token]);
  });

  it("leaves both to the member also when the killed window starts again before", async () => {
    const survivor = await open(member(), pids.member);
    const token = await leave(FIRST, [windowOf(deadPid), windowOf(pids.member)]);
    const restarted = open(member(), pids.owner, 600_000);
    survivor.address.become({ role: "seeking" });
    survivor.address.become({ role: "owner" });
    const { presence } = await restarted;
    assert.deepEqual([first().pid, first().token, presence.token], [pids.member, token, token]);
  });

  it("replaces the token when no window has taken over from a killed owner in time", async () => {
    const token = await leave(FIRST, [windowOf(deadPid), windowOf(pids.member)]);
    const { presence } = await open(new FakeAddress(), pids.owner, 50);
    assert.notEqual(presence.token, token);
    assert.deepEqual([first().pid, first().token], [pids.owner, presence.token]);
  });

  it("replaces the token when nobody has taken over in time, also in a window with another address", async () => {
    const window = await open(new FakeAddress({ role: "alone", url: NEXT }), pids.owner, 50);
    const { token } = window.presence;
    const left = entry({ pid: deadPid, token, windows: [windowOf(deadPid), windowOf(pids.member)] });
    await writeFile(join(folder, "bridge-3001.json"), entryText(left));
    await until(() => window.rotations.length === 1);
    assert.deepEqual(await entryFiles(), ["bridge.json"]);
  });

  it("replaces the token when a program has the port of a killed owner", async () => {
    const window = await open(member());
    const token = await leave();
    window.address.become({ role: "seeking" });
    window.address.become({ role: "owner", url: NEXT });
    await until(() => first().url === NEXT && first().token !== token);
    await until(() => window.rotations.length === 1);
    assert.deepEqual(window.rotations[0], { token: first().token, published: first().token });
  });

  it("comes first while the owner of the port is stopped, and keeps the token", async () => {
    const url = await strangers.listen(() => undefined);
    const token = await new TokenFile(folder).get();
    await publishEntry(folder, entry({ pid: pids.member, url, token }));
    const window = await open(new FakeAddress({ role: "member", url }));
    window.address.become({ role: "owner", url: NEXT });
    await until(() => first().url === NEXT);
    assert.deepEqual([await entryFiles(), first().token], [["bridge.json"], token]);
    window.address.become({ url });
    await until(() => first().url === url);
    assert.deepEqual([await entryFiles(), first().pid], [["bridge.json"], pids.owner]);
  });

  it("replaces the token for all windows when one of them does, published before a client is rejected", async () => {
    const owner = await open(new FakeAddress());
    const other = await open(member(), pids.member);
    await other.tokens.rotate();
    await until(() => owner.rotations.length === 1 && other.rotations.length === 1);
    const { token } = first();
    for (const { rotations } of [owner, other]) assert.deepEqual(rotations, [{ token, published: token }]);
  });

  it("hands bridge.json over when the owner stops", async () => {
    const owner = await open(new FakeAddress());
    const next = await open(member(), pids.member);
    await owner.close();
    assert.deepEqual(await entryFiles(), []);
    next.address.become({ role: "owner" });
    await until(() => first().pid === pids.member);
    assert.equal(first().token, next.presence.token);
  });
});
