import assert from "node:assert/strict";
import type { ChatEvent } from "../../src/client/chat/chatStream.ts";
import type { ChatTurn } from "../../src/client/chat/chatTurn.ts";
import { KiroBridgeClient } from "../../src/client/client.ts";
import { isKiroBridgeError } from "../../src/client/errors.ts";
import type { BridgeEvent } from "../../src/client/wireTypes.ts";
import { TEST_TOKEN } from "../support/testBridge.ts";
import { until } from "../support/until.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";
import type { WindowProcess } from "../support/windows/windowProcess.ts";

const numbers = (count: number): string => Array.from({ length: count }, (_, at) => `${at + 1} `).join("");

/** A reader of the turn, and what it has read so far. */
function read(turn: ChatTurn): { readonly steps: ChatEvent[]; readonly ended: Promise<unknown> } {
  const steps: ChatEvent[] = [];
  const run = async (): Promise<void> => {
    for await (const step of turn) steps.push(step);
  };
  return { steps, ended: run().catch((error: unknown) => error) };
}

const textOf = (steps: readonly ChatEvent[]): string =>
  steps.map((step) => (step.type === "delta" ? step.text : "")).join("");

/** Whole bridges, each in a process of its own, under a client of the SDK. */
describe("The SDK with several windows", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let owner: WindowProcess;
  let others: readonly WindowProcess[];
  let client: KiroBridgeClient;

  beforeEach(async () => {
    group = await WindowGroup.create();
    const windows = await group.three();
    owner = await group.settled(windows);
    others = windows.filter((window) => window !== owner);
    client = new KiroBridgeClient(`http://127.0.0.1:${group.port}`, { token: TEST_TOKEN });
  });
  afterEach(async () => {
    await client.close();
    await group.dispose();
  });

  const member = (): string => others[0]?.id ?? "";

  it("has each event once, in the order of its window, when the owner is killed and another one takes over", async () => {
    const events: BridgeEvent[] = [];
    const stream = await client.events().ready();
    const reading = (async () => {
      for await (const event of stream) events.push(event);
    })();
    const first = client.chat({ prompt: "count 300", windowId: member() });
    await until(() => events.some(({ type }) => type === "command-output"));
    // A prompt whose acceptance the client does not know is not sent again.
    await until(() => first.executionId !== undefined, "the acceptance of the prompt");
    await owner.kill();
    await group.settled(others);
    assert.equal((await first).message, numbers(300));
    await client.executeCommand({ command: "test.echo", args: ["last"], windowId: member() });
    await until(() => events.some((event) => event.type === "command-started" && event.args[0] === "last"));
    await stream.return();
    await reading;

    const highest = new Map<string, number>();
    let losses = 0;
    for (const { type, windowId, windowEventId } of events) {
      if (type === "events-lost") losses++;
      if (windowEventId === undefined) continue;
      const before = highest.get(windowId);
      assert.ok(before === undefined || windowEventId === before + 1, `${windowId}: ${windowEventId} after ${before}`);
      highest.set(windowId, windowEventId);
    }
    assert.equal(losses, 0);
    const output = events.map((event) => (event.type === "command-output" ? event.output : "")).join("");
    assert.equal(output, numbers(300));
  });

  it("goes on with a chat of another window when the owner is killed: it runs once, and has each step once", async () => {
    const turn = client.chat({ prompt: "count 300", windowId: member() });
    const { steps, ended } = read(turn);
    await until(() => steps.some(({ type }) => type === "delta"));
    await owner.kill();
    await ended;
    assert.equal(textOf(steps), numbers(300));
    assert.equal(steps.filter(({ type }) => type === "started").length, 1);
    assert.equal((await turn).message, numbers(300));
    const { executions } = await client.executions.list();
    assert.equal(executions.filter(({ command }) => command === "kiro.cli.chat").length, 1);
  });

  it("says how a chat ended whose window was killed, and never runs it again", async () => {
    const turn = client.chat({ prompt: "hold lost", windowId: owner.id });
    const { ended } = read(turn);
    await until(() => turn.executionId !== undefined);
    await until(() => group.isInJournal(turn.executionId ?? ""), "the journal of the owner");
    await owner.kill();
    const error = await ended;
    assert.ok(isKiroBridgeError(error), String(error));
    assert.equal(error.code, "KIRO_UNAVAILABLE");
    assert.equal(error.executionId, turn.executionId);
    assert.equal((await client.executions.wait(turn.executionId ?? "")).status, "interrupted");
    const { executions } = await client.executions.list();
    assert.deepEqual(
      executions.map(({ id }) => id),
      [turn.executionId],
    );
  });

  it("waits for an execution over a failover", async () => {
    const request = { command: "hold work", target: "cli", windowId: member() };
    const { executionId } = await client.executeCommand(request, { respondAsync: true });
    const waiting = client.executions.wait(executionId);
    await owner.kill();
    await group.settled(others);
    await client.executeCommand({ command: "test.release", args: ["work"], windowId: member() });
    assert.equal((await waiting).status, "completed");
  });
});

describe("The SDK with one window that is restarted", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let client: KiroBridgeClient;
  let turn: ChatTurn;
  let window: WindowProcess;

  beforeEach(async () => {
    group = await WindowGroup.create();
    window = await group.start("only");
    client = new KiroBridgeClient(group.url, { token: TEST_TOKEN });
    turn = client.chat("hold lost");
    await until(() => turn.executionId !== undefined);
    await until(() => group.isInJournal(turn.executionId ?? ""), "the journal");
  });
  afterEach(async () => {
    await client.close();
    await group.dispose();
  });

  const restarts = {
    "in order": async () => {
      await window.off();
      window.say("on");
      await window.whenReady();
    },
    "after it was killed": async () => {
      await window.kill();
      // Each run of a window has another ID.
      window = await group.start("next");
    },
  };
  for (const [how, restart] of Object.entries(restarts)) {
    it(`never runs a chat again, ${how}, and says that it was interrupted`, async () => {
      const stream = await client.events().ready();
      await stream.next();
      const failure = turn.then(
        () => "a response",
        (error: unknown) => error,
      );
      await restart();
      const error = await failure;
      assert.ok(isKiroBridgeError(error), String(error));
      assert.deepEqual([error.code, error.executionId], ["KIRO_UNAVAILABLE", turn.executionId]);
      const { executions } = await client.executions.list();
      assert.deepEqual(
        executions.map(({ id, status }) => [id, status]),
        [[turn.executionId, "interrupted"]],
      );
      await client.executeCommand("test.echo", ["after"]);
      for await (const event of stream) if (event.type === "command-started" && event.args[0] === "after") break;
    });
  }
});
