import assert from "node:assert/strict";
import { DashboardClient, type SavedClient } from "../../../../src/dashboard/state/dashboardClient.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import type { Execution } from "../../../../src/core/executions/execution.ts";
import type { Question, RunContext } from "../../../../src/core/ports.ts";
import { answerTo } from "../../../../src/protocol/input.ts";
import type { HeartbeatOptions } from "../../../../src/dashboard/state/heartbeat.ts";
import { DashboardChannel } from "../../../../src/dashboard/channel/dashboardChannel.ts";
import { FakeBridge, FakeEditorActions } from "../../../support/dashboard/fakeBridge.ts";
import { eventually } from "../../../support/editor/deadline.ts";
import { recordOf } from "../../../../src/history/executionRecord.ts";
import { windowView } from "../../../support/dashboard/windowViews.ts";
import { TestTransport } from "./linkedTransports.ts";

const DEADLINE_MS = 60_000;

/** A prompt that the test speaks for, until `end`. */
interface Turn {
  readonly context: RunContext;
  readonly end: () => void;
}

interface Connected {
  readonly client: DashboardClient;
  readonly close: () => void;
  /** The host sends a push. */
  readonly deliver: (push: unknown) => void;
  /** The host is killed: nobody answers any more. */
  readonly loseHost: () => void;
  /** Another host takes over, which knows nothing of this client. */
  readonly findHost: () => void;
  /** How often it has asked for this. */
  readonly sent: (method: string) => number;
}

describe("DashboardClient, against the host's real channel", () => {
  let bridge: FakeBridge;
  let editorActions: FakeEditorActions;
  let turn: PromiseWithResolvers<Turn>;
  const open: { dispose(): unknown }[] = [];

  beforeEach(() => {
    bridge = new FakeBridge();
    editorActions = new FakeEditorActions();
    turn = Promise.withResolvers();
    bridge.agent.turn = async (_task, context) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      turn.resolve({ context, end: resolve });
      await promise;
      return { kind: "completed" };
    };
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.dispose();
  });

  async function connect(saved?: SavedClient, heartbeat?: HeartbeatOptions): Promise<Connected> {
    const transport = new TestTransport();
    const post = (message: unknown): void => transport.deliver(message);
    let channel: DashboardChannel;
    const findHost = (): void => {
      channel = new DashboardChannel({ source: bridge, editorActions, post, logger: silentLogger });
      transport.host = (message) => void channel.receive(message);
      open.push(channel);
    };
    const loseHost = (): void => {
      transport.host = () => undefined;
      void channel.dispose();
    };
    findHost();
    const client = new DashboardClient(transport, heartbeat);
    open.push(client);
    await client.begin(saved);
    const close = (): void => {
      loseHost();
      void client.dispose();
    };
    const sent = (method: string): number =>
      transport.sent.filter((message) => JSON.stringify(message).includes(`"${method}"`)).length;
    return { client, close, sent, loseHost, findHost, deliver: post };
  }

  const prompt = (text: string): Promise<Execution> =>
    bridge.core.dispatcher.submit({ command: "kiro.cli.chat", args: [text] });
  const until = (what: string, look: () => unknown) =>
    eventually(() => (look() === true ? true : undefined), { what, deadlineMs: DEADLINE_MS, everyMs: 5 });

  it("follows an execution that began before it subscribed", async () => {
    const { id } = await prompt("Hello");
    const { context, end } = await turn.promise;
    context.output("one ");
    const { client } = await connect();
    assert.equal(client.live.get(id)?.output, "one ");
    context.output("two");
    await until("the output", () => client.live.get(id)?.output === "one two");
    end();
    await until("the end", () => client.history.rows[0]?.id === id);
    assert.deepEqual(client.live.rows, []);
  });

  it("updates the queue positions as executions leave the queue", async () => {
    const { client } = await connect();
    await prompt("runs");
    const queued = [await prompt("first"), await prompt("second"), await prompt("third")];
    const positions = () => queued.map(({ id }) => client.live.get(id)?.position).join();
    await until("the queue", () => positions() === "0,1,2");
    await bridge.core.dispatcher.cancel(queued[0]?.id ?? "");
    await until("the shorter queue", () => positions() === ",0,1");
    const late = (await connect()).client;
    await until("the queue in a snapshot", () => late.live.get(queued[2]?.id ?? "")?.position === 1);
  });

  it("loads the options of each question, and answers it by its ID", async () => {
    const { client } = await connect();
    const { id } = await prompt("Hello");
    const { context, end } = await turn.promise;
    const options = [{ value: "Yes", label: "Allow", kind: "allow_once" }];
    const question: Question = { prompt: "May I?", inputType: "choice", choices: ["Yes"], options, safeAnswer: "No" };
    const shown: string[] = [];
    for (const time of ["first", "second"]) {
      const answer = context.ask(question);
      await until(`the ${time} question`, () => client.live.get(id)?.question?.options?.[0]?.label === "Allow");
      const asked = client.live.get(id)?.question;
      assert.ok(asked);
      shown.push(asked.questionId);
      await client.connection.call("input", answerTo(id, asked, "Yes"));
      assert.equal(await answer, "Yes");
      await until("its end", () => client.live.get(id)?.question === undefined);
    }
    assert.equal(new Set(shown).size, 2);
    end();
  });

  it("resumes after its cursor, with no event missed or repeated", async () => {
    const { id } = await prompt("Hello");
    const { context, end } = await turn.promise;
    const first = await connect();
    context.output("one ");
    await until("the first output", () => first.client.live.get(id)?.output === "one ");
    const saved = structuredClone(first.client.save());
    first.close();
    context.output("two ");
    context.output("three");
    const { client } = await connect(saved);
    assert.equal(client.live.get(id)?.output, "one ", "what was saved is shown, and no snapshot was taken");
    await until("what came meanwhile", () => client.live.get(id)?.output === "one two three");
    end();
  });

  it("takes a snapshot when the log no longer has what it missed", async () => {
    const { id } = await prompt("Hello");
    const { context, end } = await turn.promise;
    const first = await connect();
    const saved = structuredClone(first.client.save());
    first.close();
    for (let index = 0; index < 12_000; index++) context.output("x");
    const { client } = await connect(saved);
    await until("the whole", () => client.live.get(id)?.output.length === 12_000);
    end();
  });

  it("discards executions of the previous bridge after a restart", async () => {
    await prompt("Hello");
    const { end } = await turn.promise;
    const { client } = await connect();
    assert.equal(client.live.rows.length, 1);
    bridge.switchOff();
    await until("off", () => client.state?.server.kind === "off" && client.live.rows.length === 0);
    bridge.switchOn();
    await until("on", () => client.state?.server.kind === "on");
    end();
    turn = Promise.withResolvers();
    const { id } = await prompt("Again");
    await until("the new one", () => client.live.get(id)?.status === "running");
    (await turn.promise).end();
  });

  it("detects that its host is gone, and resumes with the next one", async () => {
    const { id } = await prompt("Hello");
    const { context, end } = await turn.promise;
    const { client, loseHost, findHost } = await connect(undefined, { everyMs: 5, deadlineMs: 50 });
    assert.equal(client.isConnected, true);
    loseHost();
    await until("the host to be missed", () => !client.isConnected);
    context.output("said meanwhile");
    findHost();
    await until("another host", () => client.isConnected);
    await until("what was said meanwhile", () => client.live.get(id)?.output === "said meanwhile");
    context.output(", and after");
    await until("what is said now", () => client.live.get(id)?.output === "said meanwhile, and after");
    end();
  });

  it("subscribes once to a new bridge, however often its state changes", async () => {
    const { client, sent } = await connect();
    bridge.switchOff();
    await until("off", () => client.state?.server.kind === "off");
    const before = sent("subscribe");
    bridge.switchOn();
    for (let index = 0; index < 5; index++) bridge.changed.fire(bridge.state);
    const { id } = await prompt("Hello");
    await until("the new one", () => client.live.get(id)?.status === "running");
    assert.equal(sent("subscribe") - before, 1);
    (await turn.promise).end();
  });

  it("follows who asks for access, and fires once for each request", async () => {
    const ask = (name: string) => bridge.core.access.pairings.ask({ name, scopes: ["status:read"] });
    const { client } = await connect();
    const fired: string[] = [];
    client.onDidAskForAccess(({ name }) => fired.push(name));
    assert.deepEqual(client.access, { requests: [], clients: [] });
    ask("one");
    await until("the request", () => client.access?.requests.length === 1);
    await client.refresh();
    ask("two");
    await until("the other request", () => client.access?.requests.length === 2);
    assert.deepEqual(fired, ["one", "two"]);
    bridge.switchOff();
    await until("off", () => client.access === undefined);
  });

  it("applies backpressure to a flood of output, and receives its end", async () => {
    const { client } = await connect();
    const { id } = await prompt("Hello");
    const { context, end } = await turn.promise;
    const line = `${"x".repeat(511)}\n`;
    for (let index = 0; index < 12_000; index++) context.output(line);
    context.output("the end");
    await until("the end", () => client.live.get(id)?.output.endsWith("the end"));
    assert.ok((client.live.get(id)?.output.length ?? 0) <= 32 * 1024);
    end();
  });

  it("shows the executions of the chosen window, and of all when that one has left", async () => {
    const { id } = await prompt("Hello");
    await turn.promise;
    const own = bridge.core.events.windowId;
    const other = { ...recordOf(await prompt("Hi")), id: "exec-1-1", windowId: "docs" };
    const queries: unknown[] = [];
    bridge.override({
      windows: () => [windowView("docs"), windowView(own)],
      active: () => [other, ...[...bridge.core.executions.active].slice(0, 1).map((execution) => recordOf(execution))],
      listExecutions: async ({ windowId }) => {
        queries.push(windowId);
        return { executions: [] };
      },
    });
    const { client } = await connect();
    const shown = () => client.active.map((row) => row.id).join();
    assert.equal(shown(), `${id},exec-1-1`, "those of the own window come first");
    client.choose("docs");
    assert.equal(shown(), "exec-1-1");
    await until("the history of the window", () => queries.at(-1) === "docs");
    bridge.override({ windows: () => [windowView(own)] });
    bridge.changed.fire(bridge.state);
    assert.equal(shown(), `${id},exec-1-1`);
    await until("the whole history", () => queries.length > 1 && queries.at(-1) === undefined);
  });

  it("subscribes again when its host asks for it, and keeps what it knows", async () => {
    const { id } = await prompt("Hello");
    const { context } = await turn.promise;
    const { client, sent, deliver } = await connect();
    deliver({ type: "resubscribe" });
    await until("the subscription", () => sent("subscribe") === 2);
    context.output("text");
    await until("the output", () => client.live.get(id)?.output === "text");
  });
});
