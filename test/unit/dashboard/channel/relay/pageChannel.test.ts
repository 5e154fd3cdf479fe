import assert from "node:assert/strict";
import { Emitter, noEvent } from "../../../../../src/base/events.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { dashboardDepsOf } from "../../../../../src/dashboard/channel/bridgeDeps.ts";
import { BridgeSource, type DashboardAddress } from "../../../../../src/dashboard/channel/bridgeSource.ts";
import { PageChannel } from "../../../../../src/dashboard/channel/relay/pageChannel.ts";
import { importedRun } from "../../../../../src/dashboard/channel/runDetail.ts";
import { DashboardClient } from "../../../../../src/dashboard/state/dashboardClient.ts";
import type { RunContext } from "../../../../../src/core/ports.ts";
import { answerTo } from "../../../../../src/protocol/input.ts";
import type { TestBridge } from "../../../../support/testBridge.ts";
import { FakeEditorActions } from "../../../../support/dashboard/fakeBridge.ts";
import { windowView } from "../../../../support/dashboard/windowViews.ts";
import { eventually } from "../../../../support/editor/deadline.ts";
import { FakeAgent } from "../../../../support/fakePorts.ts";
import { type LinkedBridges, MemoryLink, startLinkedBridges } from "../../../../support/windows/linkedBridges.ts";
import { TestTransport } from "../../state/linkedTransports.ts";

const DEADLINE_MS = 60_000;
const OWNER = "owner-window";
const MEMBER = "member-window";

/** The address of a window whose role a test changes. */
class TestAddress implements DashboardAddress {
  role: DashboardAddress["role"] = "member";
  ownerLink: MemoryLink | undefined;
  readonly changed = new Emitter<void>();
  readonly onDidChange = this.changed.event;

  become(role: DashboardAddress["role"], ownerLink?: MemoryLink): void {
    this.role = role;
    this.ownerLink = ownerLink;
    this.changed.fire();
  }
}

describe("PageChannel, in a window without the address", () => {
  let bridges: LinkedBridges;
  let address: TestAddress;
  let editorActions: FakeEditorActions;
  let transport: TestTransport;
  let channel: PageChannel;
  let client: DashboardClient;
  const agent = new FakeAgent();
  const open: { dispose(): unknown }[] = [];

  beforeEach(async () => {
    bridges = await startLinkedBridges({ owner: { agent } });
    bridges.windows.list = () => [windowView(OWNER, { owner: true }), windowView(MEMBER)];
    address = new TestAddress();
    address.ownerLink = linkTo(bridges.owner);
    editorActions = new FakeEditorActions();
    transport = new TestTransport();
    channel = openChannel();
    client = new DashboardClient(transport);
    open.push(bridges, channel, client);
  });
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.dispose();
  });

  function linkTo(bridge: TestBridge): MemoryLink {
    return new MemoryLink((stream) => bridge.server.accept(stream));
  }

  function openChannel(): PageChannel {
    const { core, server } = bridges.member;
    const on = { url: `http://127.0.0.1:${server.port}`, note: undefined };
    const source = new BridgeSource({
      toggle: { state: { kind: "on", bridge: on }, onDidChangeState: noEvent },
      depsOf: () => dashboardDepsOf(core),
      addressOf: () => address,
      isTrusted: () => true,
      version: "1",
    });
    open.push(source);
    const post = (message: unknown): void => transport.deliver(message);
    const opened = new PageChannel({ source, editorActions, post, logger: silentLogger });
    transport.host = (message) => void opened.receive(message);
    return opened;
  }

  const until = (what: string, look: () => unknown) =>
    eventually(() => (look() === true ? true : undefined), { what, deadlineMs: DEADLINE_MS, everyMs: 5 });

  async function begin(): Promise<void> {
    await client.begin();
    await until(
      "the state of the owner",
      () => client.state?.isReconnecting !== true && client.state?.windows.length === 2,
    );
    await until("the events of the owner", () => client.save().position.epoch === bridges.owner.core.events.epoch);
  }

  /** Starts a prompt in the owner's window. */
  async function prompt(): Promise<{ id: string; context: RunContext; end: () => void }> {
    const started = Promise.withResolvers<RunContext>();
    const ended = Promise.withResolvers<void>();
    agent.turn = async (_task, context) => {
      started.resolve(context);
      await ended.promise;
      return { kind: "completed" };
    };
    const { id } = await bridges.owner.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Hi"] });
    return { id, context: await started.promise, end: ended.resolve };
  }

  async function echo(bridge: TestBridge, text: string): Promise<string> {
    const execution = await bridge.core.dispatcher.submit({ command: "test.echo", args: [text] });
    await execution.settled;
    return execution.id;
  }

  it("shows what runs in the window with the address, and the state of its own", async () => {
    await begin();
    const { state } = client;
    assert.deepEqual([state?.ownWindowId, state?.isTrusted, state?.version], [MEMBER, true, "1"]);
    assert.equal(state?.server.url, `http://127.0.0.1:${bridges.member.server.port}`);
    const { id, context, end } = await prompt();
    context.output("one ");
    await until("the output", () => client.live.get(id)?.output === "one ");
    assert.equal(client.live.get(id)?.windowId, OWNER);
    end();
    await until("the end", () => client.history.rows.some((row) => row.id === id));
  });

  it("asks a question of the other window in its own editor", async () => {
    await begin();
    const { end } = await prompt();
    await bridges.owner.core.dispatcher.submit({ command: "kiro.cli.chat", args: ["Queued"] });
    editorActions.isSure = false;
    assert.deepEqual(await client.connection.call("cancelAll"), { isDone: false });
    assert.deepEqual(editorActions.done, ["Cancel all 2 runs?"]);
    end();
  });

  it("acts in its own editor", async () => {
    const id = await echo(bridges.owner, "text");
    await begin();
    await client.connection.call("openOutput", { executionId: id });
    await client.connection.call("copyRunOutput", { executionId: id });
    await client.connection.call("start");
    const exported = await client.connection.call("exportRun", { executionId: id });
    editorActions.isSure = false;
    const cleared = await client.connection.call("clearHistory");
    const [opened, copied, started, saved = "", asked] = editorActions.done;
    assert.deepEqual([opened, copied, started], ["markdown: text", "copy: text", "start"]);
    assert.ok(saved.startsWith(`${id}.json`));
    assert.deepEqual([exported.isSaved, cleared.isCleared, asked], [true, false, "Clear the history?"]);
    assert.ok(bridges.owner.core.executions.get(id) !== undefined);
  });

  it("runs a run again in its window, and one of a closed window in its own", async () => {
    await begin();
    const ofOwner = await echo(bridges.owner, "a");
    const again = await client.connection.call("runAgain", { executionId: ofOwner });
    assert.ok(bridges.owner.core.executions.get(again.executionId) !== undefined);
    const ofMember = await echo(bridges.member, "b");
    bridges.windows.executions.set(ofMember, bridges.other);
    const there = await client.connection.call("runAgain", { executionId: ofMember });
    assert.ok(bridges.member.core.executions.get(there.executionId) !== undefined);
  });

  it("answers the question of another window", async () => {
    await begin();
    const { id, context } = await prompt();
    const answer = context.ask({ prompt: "Name?", inputType: "text", safeAnswer: "nobody" });
    await until("the question", () => client.live.get(id)?.question !== undefined);
    const { question } = client.live.get(id) ?? {};
    assert.ok(question !== undefined);
    await client.connection.call("input", answerTo(id, question, "Ada"));
    assert.equal(await answer, "Ada");
  });

  it("applies backpressure to a flood of output, and receives its end", async () => {
    await begin();
    const { id, context } = await prompt();
    for (let line = 0; line < 20_000; line++) context.output(`line ${line}\n`);
    context.output("the end");
    await until("the end of the output", () => client.live.get(id)?.output.endsWith("the end") === true);
  });

  it("keeps what it knows while the owner is away, answers in words, and goes on with it", async () => {
    await begin();
    const { id, context } = await prompt();
    await until("the run", () => client.live.get(id) !== undefined);
    const link = address.ownerLink;
    address.become("seeking");
    link?.end();
    assert.equal(client.state?.isReconnecting, true);
    assert.equal(client.state.windows.length, 2);
    assert.ok(client.live.get(id) !== undefined);
    await assert.rejects(client.connection.call("cancel", { executionId: id }), /Reconnecting to the window/);
    context.output("meanwhile");
    address.become("member", linkTo(bridges.owner));
    await until("the output", () => client.live.get(id)?.output === "meanwhile");
    assert.equal(client.state.isReconnecting, undefined);
  });

  it("connects again when only the stream has ended", async () => {
    await begin();
    const { id, context } = await prompt();
    for (const stream of address.ownerLink?.streams ?? []) stream.destroy();
    context.output("later");
    await until("the output", () => client.live.get(id)?.output === "later");
  });

  it("answers requests in progress when the link ends", async () => {
    await begin();
    const id = await echo(bridges.owner, "text");
    editorActions.openText = () => new Promise(() => undefined);
    const answer = client.connection.call("openOutput", { executionId: id });
    const opening = assert.rejects(answer, /Reconnecting to the window/);
    await client.connection.call("getExecution", { executionId: id });
    address.ownerLink?.end();
    await opening;
  });

  it("shows its own bridge when its window gets the address, and another one when it loses it", async () => {
    await begin();
    await prompt();
    await until("the run", () => client.live.rows.length === 1);
    const own = await echo(bridges.member, "own");
    address.become("owner");
    await until("its own events", () => client.save().position.epoch === bridges.member.core.events.epoch);
    await until("its own history", () => client.history.rows[0]?.id === own);
    assert.deepEqual(client.live.rows, []);
    address.become("seeking");
    assert.equal(client.state?.isReconnecting, true);
    address.become("member", linkTo(bridges.owner));
    await until("the run again", () => client.live.rows.length === 1);
  });

  it("resumes when its window keeps the address after all", async () => {
    await begin();
    address.become("owner");
    const { epoch } = bridges.member.core.events;
    await until("its own events", () => client.save().position.epoch === epoch);
    address.become("seeking");
    address.become("owner");
    const id = await echo(bridges.member, "own");
    await until("the run", () => client.history.rows.some((row) => row.id === id));
  });

  it("shows a run and the programs with access, wherever the page has subscribed", async () => {
    const shown: string[] = [];
    client.onDidShow(({ row }) => shown.push(row.id));
    client.onDidShowAccess(() => shown.push("access"));
    const id = await echo(bridges.member, "own");
    channel.show(importedRun(await bridges.member.core.history.exportRun(id)));
    await begin();
    channel.showAccess();
    await until("both", () => shown.join() === `${id},access`);
  });
});
