import assert from "node:assert/strict";
import { join } from "node:path";
import { noEvent } from "../../src/base/events.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { composeBridge, type ComposedBridge } from "../../src/bridge/composeBridge.ts";
import { Redactor } from "../../src/core/privacy/redactor.ts";
import { dashboardDepsOf } from "../../src/dashboard/channel/bridgeDeps.ts";
import { BridgeSource } from "../../src/dashboard/channel/bridgeSource.ts";
import { PageChannel } from "../../src/dashboard/channel/relay/pageChannel.ts";
import { DashboardClient } from "../../src/dashboard/state/dashboardClient.ts";
import { FakeEditorActions } from "../support/dashboard/fakeBridge.ts";
import { eventually } from "../support/editor/deadline.ts";
import { fakeKiro } from "../support/fakeKiro.ts";
import { FakeAgent, FakeEditor, FakeWindow } from "../support/fakePorts.ts";
import { TEST_TOKEN } from "../support/testBridge.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";
import { TestTransport } from "../unit/dashboard/state/linkedTransports.ts";

const DEADLINE_MS = 60_000;
const HERE = "here";

/** A window of this process with a dashboard, among windows of other processes. */
describe("The dashboard of one of several windows", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let bridge: ComposedBridge;
  let client: DashboardClient;
  let editorActions: FakeEditorActions;
  const open: { dispose(): unknown }[] = [];

  beforeEach(async () => {
    group = await WindowGroup.create();
  });
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.dispose();
    await group.dispose();
  });

  /** Opens the window of this process, and its dashboard. */
  async function openHere(): Promise<void> {
    const values: Readonly<Record<string, unknown>> = { "api.port": group.port };
    bridge = await composeBridge(
      {
        editor: new FakeEditor({ "test.echo": (value) => value }),
        window: new FakeWindow(HERE),
        logger: silentLogger,
        redactor: new Redactor(),
        settings: () => (key) => values[key],
        token: () => TEST_TOKEN,
        version: "0.1.0",
        folders: { extension: "", storage: join(group.folder, "storage"), discovery: group.discovery },
      },
      { createKiro: () => fakeKiro({ agent: new FakeAgent() }) },
    );
    open.push(bridge);
    editorActions = new FakeEditorActions();
    await openPage();
  }

  async function openPage(): Promise<void> {
    const { core, windows, address } = bridge;
    const on = {
      get url() {
        return address.url;
      },
      note: undefined,
    };
    const source = new BridgeSource({
      toggle: { state: { kind: "on", bridge: on }, onDidChangeState: noEvent },
      depsOf: () => dashboardDepsOf({ ...core, windows }),
      addressOf: () => address,
      isTrusted: () => true,
      version: "0.1.0",
    });
    const transport = new TestTransport();
    const post = (message: unknown): void => transport.deliver(message);
    const channel = new PageChannel({ source, editorActions, post, logger: silentLogger });
    transport.host = (message) => void channel.receive(message);
    client = new DashboardClient(transport);
    open.push(source, channel, client);
    await client.begin();
  }

  const until = (what: string, look: () => unknown) =>
    eventually(() => (look() === true ? true : undefined), { what, deadlineMs: DEADLINE_MS, everyMs: 20 });
  const windowIds = () =>
    client.state?.windows
      .map(({ id }) => id)
      .toSorted()
      .join();
  const shares = (ids: string) =>
    until(`the windows ${ids}`, () => client.state?.isReconnecting !== true && windowIds() === ids);

  /** Starts a command in a window, where it goes on. */
  async function hold(windowId: string): Promise<string> {
    const sent = await group.execute({ command: "test.hold", args: [windowId], windowId }, { prefer: "respond-async" });
    return sent.kind === "answer" ? (sent.body.executionId ?? "") : assert.fail(String(sent.error));
  }

  it("shows the runs of all windows, as the owner of the address, and ends those of one that was killed", async () => {
    await openHere();
    const other = await group.start("other");
    await shares("here,other");
    const id = await hold("other");
    await until("the run", () => client.live.get(id)?.windowId === "other");
    const detail = await client.connection.call("getExecution", { executionId: id });
    assert.deepEqual([detail.row.windowId, detail.row.command], ["other", "test.hold"]);
    assert.equal((await client.connection.call("metrics", { windowId: "other" })).queue.running, 1);
    const ended: string[] = [];
    client.live.onDidEnd((row) => ended.push(`${row.id} ${row.status}`));
    await other.kill();
    await until("its end", () => ended.join() === `${id} interrupted`);
    await shares("here");
  });

  it("shows the runs of all windows, as a member, and acts in them", async () => {
    await group.start("owner");
    await group.start("third");
    await openHere();
    await shares("here,owner,third");
    assert.equal(client.state?.ownWindowId, HERE);
    for (const windowId of ["owner", "third"]) {
      const id = await hold(windowId);
      await until(`the run of ${windowId}`, () => client.live.get(id)?.windowId === windowId);
      await group.execute({ command: "test.release", args: [windowId], windowId });
      await until("its end", () => client.history.rows.some((row) => row.id === id && row.windowId === windowId));
      const again = await client.connection.call("runAgain", { executionId: id });
      await until("the second run", () => client.live.get(again.executionId)?.windowId === windowId);
      await client.connection.call("copyRunCurl", { executionId: id });
      assert.match(editorActions.done.at(-1) ?? "", /^copy: .*test\.hold/);
    }
    client.choose("third");
    await until("the history of one window", () => client.history.rows.every((row) => row.windowId === "third"));
  });

  it("goes on when the owner of the address is killed, with the runs of the windows that are left", async () => {
    const owner = await group.start("owner");
    await group.start("third");
    await openHere();
    await shares("here,owner,third");
    const lost = await hold("owner");
    const kept = await hold("third");
    await until("both runs", () => client.live.rows.length === 2);
    await owner.kill();
    await shares("here,third");
    await until("the run that is left", () => client.live.rows.map(({ id }) => id).join() === kept);
    assert.equal(client.live.get(lost), undefined);
    await group.execute({ command: "test.release", args: ["third"], windowId: "third" });
    await until("its end", () => client.history.rows.some((row) => row.id === kept && row.status === "completed"));
  });

  it("goes on while the owner of the address is stopped, and shows its runs again when it goes on", async () => {
    const owner = await group.start("owner");
    await group.start("third");
    await openHere();
    await shares("here,owner,third");
    const ofOwner = await hold("owner");
    const ofThird = await hold("third");
    await until("both runs", () => client.live.rows.length === 2);
    const { epoch } = client.state ?? {};
    owner.signal("SIGSTOP");
    await until("another owner", () => client.state?.isReconnecting !== true && client.state?.epoch !== epoch);
    await until("the run of the third", () => client.live.get(ofThird) !== undefined);
    owner.signal("SIGCONT");
    await until("the run of the first", () => client.live.get(ofOwner)?.windowId === "owner");
    await shares("here,owner,third");
  });
});
