import assert from "node:assert/strict";
import { join } from "node:path";
import type { BusParticipant } from "../../src/plugins/bus/participant.ts";
import { installSdk } from "../support/plugins/examplePlugin.ts";
import { PluginBridge, writePlugin } from "../support/plugins/pluginBridge.ts";
import { freePort } from "../support/programs/freePort.ts";
import { removeFolder, temporaryFolder } from "../support/temporaryFolder.ts";
import { until } from "../support/until.ts";

const worker = (name: string) => `import { getMessageBus, RPCServer } from "kiro-bridge/plugin";
getMessageBus("${name}");
new RPCServer("plugin://${name}/rpc").register("pid", () => process.pid);
`;

describe("The plugins of several windows", () => {
  let discovery: string;
  let port: number;
  let windows: PluginBridge[];

  beforeEach(async () => {
    discovery = await temporaryFolder();
    await installSdk(discovery);
    port = await freePort();
    windows = [];
  });

  afterEach(async () => {
    for (const window of windows.toReversed()) await window.dispose();
    await removeFolder(discovery);
  });

  async function open(windowId: string, ...folders: string[]): Promise<PluginBridge> {
    const settings = { "plugins.folders": folders.map((name) => join(discovery, name)) };
    const window = await PluginBridge.start({ discovery, windowId, port, settings });
    windows.push(window);
    return window;
  }

  async function close(window: PluginBridge): Promise<void> {
    windows = windows.filter((each) => each !== window);
    await window.dispose();
  }

  async function take(window: PluginBridge, name: string): Promise<BusParticipant> {
    return (await window.bridge.core.pluginBus.load()).bus.attach(name);
  }

  const pidOf = async (bus: BusParticipant, name: string): Promise<unknown> => {
    const request = { topic: `plugin/${name}/rpc`, destination: name, payload: { method: "pid", params: {} } };
    return (await bus.request(request).catch(() => undefined))?.result;
  };

  it("are known in each, call each other, and go on when the window with the address closes", async () => {
    for (const name of ["first", "second"]) await writePlugin(join(discovery, name), { name }, worker(name));
    const owner = await open("window-1", "first");
    const member = await open("window-2", "second");
    assert.deepEqual([owner.bridge.address.role, member.bridge.address.role], ["owner", "member"]);
    for (const window of [owner, member]) for (const name of ["first", "second"]) await window.reaches(name, "running");
    const [there, here] = [await take(owner, "tester-1"), await take(member, "tester-2")];
    await until(async () => typeof (await pidOf(there, "second")) === "number", "the plugin of the member");
    await until(async () => typeof (await pidOf(here, "first")) === "number", "the plugin of the owner");
    const pid = await pidOf(here, "second");

    await close(owner);
    await until(() => member.bridge.address.role === "owner", "the new owner");
    await until(async () => (await pidOf(here, "second")) === pid, "the plugin, which still runs, on the new bus");
    await until(
      () => member.plugins.directory.plugins().every(({ name }) => name !== "first"),
      "the end of the plugin of the closed window",
    );
  });

  it("run once, and in another window when theirs closes", async () => {
    await writePlugin(join(discovery, "plugins", "both"), { name: "both" }, worker("both"));
    const [first, second] = [await open("window-1"), await open("window-2")];
    for (const window of [first, second]) await window.reaches("both", "running");
    const homes = () => windows.filter(({ plugins }) => plugins.host.records().length > 0);
    assert.equal(homes().length, 1);
    const [home] = homes();
    assert.ok(home !== undefined);
    const rest = home === first ? second : first;
    const bus = await take(rest, "tester");
    await until(async () => typeof (await pidOf(bus, "both")) === "number", "the plugin");
    const before = await pidOf(bus, "both");
    await close(home);
    await until(async () => {
      const now = await pidOf(bus, "both");
      return typeof now === "number" && now !== before;
    }, "the plugin in the other window");
    assert.equal(rest.plugins.host.records()[0]?.state, "running");
  });
});
