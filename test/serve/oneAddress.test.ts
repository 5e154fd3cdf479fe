import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { fakeSay } from "../fixtures/simulator/directive.ts";
import { type Discovery, readDiscoveries } from "../support/editor/bridge.ts";
import { connectSession } from "../support/gateways/mcpClients.ts";
import { at, call } from "../support/parity/parityCalls.ts";
import type { ParityHost } from "../support/parity/parityHost.ts";
import { ServerProcess } from "../support/serve/serverProcess.ts";
import { until } from "../support/until.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";

describe("A server and a window of an editor at one address", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let server: ServerProcess | undefined;

  beforeEach(async () => {
    group = await WindowGroup.create();
  });
  afterEach(async () => {
    await server?.kill();
    server = undefined;
    await group.dispose();
  });

  async function startServer(): Promise<ServerProcess> {
    const folder = join(group.folder, "served");
    await mkdir(folder, { recursive: true });
    const args = ["--simulator", "--port", String(group.port), "--workspace", folder];
    return await ServerProcess.start(group.discovery, args);
  }

  /** Returns the address as programs find it. */
  async function published(): Promise<ParityHost> {
    let entry: Discovery | undefined;
    await until(async () => {
      [entry] = await readDiscoveries(group.discovery);
      return entry !== undefined;
    }, "the entry of the owner");
    assert.ok(entry !== undefined);
    return { ...entry, home: group.discovery, folder: group.folder, end: () => Promise.resolve() };
  }

  /** Waits until the windows at the address are of these kinds, the owner first. */
  async function kinds(host: () => Promise<ParityHost>, expected: readonly string[]): Promise<unknown[]> {
    let windows: unknown[] = [];
    await until(async () => {
      const listed = at((await call(await host(), "/api/kiro/windows")).body, "windows");
      windows = Array.isArray(listed) ? listed : [];
      const found = windows.map((window) => (at(window, "kind") === "server" ? "server" : "editor"));
      return found.toSorted().join() === expected.toSorted().join();
    }, `windows that are ${expected.join()}`);
    return windows;
  }

  const run = (host: ParityHost, body: object) => call(host, "/api/kiro/execute", { body });

  it("share it: a window that opens later runs the commands of editors, and the server has its own requests", async () => {
    server = await startServer();
    const [, window] = [await published(), await group.start("a", { token: (await published()).token })];
    assert.ok(window !== undefined);
    const windows = await kinds(published, ["server", "editor"]);
    const served = windows.find((each) => at(each, "kind") === "server");
    assert.equal(at(served, "owner"), true);
    const host = await published();
    assert.equal((await run(host, { command: "test.windowId" })).body["output"], "a");
    const windowId = at(served, "id");
    const prompt = await run(host, { command: "kiro.cli.chat", args: [fakeSay("From the server.")], windowId });
    assert.equal(prompt.body["output"], "From the server.");
    assert.equal(await server.stop(), 0);
    // The windows of these tests publish no entry.
    const after = { ...host, url: group.url };
    await kinds(() => Promise.resolve(after), ["editor"]);
    assert.equal((await run(after, { command: "test.windowId" })).body["output"], "a");
  });

  it("offers the tools of an editor to MCP clients of the server while a window is there", async () => {
    server = await startServer();
    const { url, token } = await published();
    const client = await connectSession({ url: `${url}/mcp`, headers: { authorization: `Bearer ${token}` } });
    try {
      let changes = 0;
      client.client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++);
      const offered = async (): Promise<boolean> =>
        (await client.listTools()).tools.some(({ name }) => name === "editor_context");
      assert.equal(await offered(), false);
      const window = await group.start("a", { token });
      await until(() => changes === 1, "a changed list");
      assert.equal(await offered(), true);
      await window.kill();
      await until(async () => !(await offered()), "the list without the tools");
    } finally {
      await client.close();
    }
  });

  it("share it the other way round: the server joins, and takes over when the window is gone", async () => {
    server = await startServer();
    const { token } = await published();
    assert.equal(await server.stop(), 0);
    const window = await group.start("a", { token });
    const before: ParityHost = {
      url: group.url,
      token,
      home: group.discovery,
      folder: group.folder,
      end: () => Promise.resolve(),
    };
    server = await startServer();
    const windows = await kinds(() => Promise.resolve(before), ["server", "editor"]);
    assert.equal(
      at(
        windows.find((each) => at(each, "kind") === "server"),
        "owner",
      ),
      false,
    );
    await window.kill();
    await kinds(published, ["server"]);
    const { body } = await run(await published(), { command: "test.windowId" });
    assert.match(String(body["error"]), /This bridge has no editor/);
  });
});
