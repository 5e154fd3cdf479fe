import assert from "node:assert/strict";
import type { Clock } from "../../../../../src/base/clock.ts";
import { Emitter } from "../../../../../src/base/events.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import type { MessageBroker } from "../../../../../src/plugins/bus/broker/messageBroker.ts";
import type { Message } from "../../../../../src/plugins/bus/message.ts";
import type { BusParticipant } from "../../../../../src/plugins/bus/participant.ts";
import { PluginGroup } from "../../../../../src/plugins/hub/group/pluginGroup.ts";
import type { PluginRecord } from "../../../../../src/plugins/hub/pluginDirectory.ts";
import { embeddedBroker } from "../../../../support/plugins/busUnderTest.ts";
import { until } from "../../../../support/until.ts";

/** A clock that the test moves on. */
class StepClock implements Clock {
  #now = 0;
  #waiting: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void) {
    const entry = { at: this.#now + delayMs, run };
    this.#waiting.push(entry);
    return { dispose: () => void (this.#waiting = this.#waiting.filter((each) => each !== entry)) };
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = next.at;
      this.#waiting = this.#waiting.filter((each) => each !== next);
      next.run();
    }
    this.#now = end;
  }

  #next(end: number) {
    return this.#waiting.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
  }
}

const record = (name: string, windowId: string, more: Partial<PluginRecord> = {}): PluginRecord => ({
  name,
  version: "1.0.0",
  origin: "user",
  windowId,
  state: "running",
  manifest: { name, version: "1.0.0" },
  ...more,
});

describe("The plugins of all windows", () => {
  let broker: MessageBroker;
  let clock: StepClock;

  beforeEach(() => {
    broker = embeddedBroker();
    clock = new StepClock();
  });

  afterEach(() => broker.dispose());

  const attach = (name = "kiro-bridge", principalId = "owner"): BusParticipant =>
    broker.attach({ name, principalId, mayPublish: () => true, maySubscribe: () => true });

  function open(windowId: string, ...records: PluginRecord[]) {
    const changed = new Emitter<void>();
    const moved = new Emitter<void>();
    let own: readonly PluginRecord[] = records;
    const bus = attach();
    const group = new PluginGroup(windowId, {
      bus,
      onDidMove: moved.event,
      own: { records: () => own, onDidChange: changed.event },
      clock,
      logger: silentLogger,
    });
    const names = () =>
      group
        .plugins()
        .map((each) => `${each.name}@${each.windowId}`)
        .join(" ");
    return {
      group,
      bus,
      moved,
      put: (...next: PluginRecord[]) => {
        own = next;
        changed.fire();
      },
      knows: (text: string) => until(() => names() === text, text),
    };
  }

  it("are known in each window, also in one that opens later, and are forgotten when their window closes", async () => {
    const first = open("1", record("a", "1"));
    const second = open("2", record("b", "2"), record("c", "2"));
    await first.knows("a@1 b@2 c@2");
    await second.knows("a@1 b@2 c@2");
    second.put(record("c", "2"));
    await first.knows("a@1 c@2");
    second.put();
    await first.knows("a@1");
    await first.group.dispose();
    await second.knows("");
  });

  it("have the state of the window that has them", async () => {
    const [first, second] = [open("1"), open("2", record("a", "2", { state: "starting" }))];
    await first.knows("a@2");
    second.put(record("a", "2", { state: "failed", detail: "It ended with code 1." }));
    await until(() => first.group.plugins()[0]?.state === "failed", "the new state");
    assert.equal(first.group.plugins()[0]?.detail, "It ended with code 1.");
  });

  it("are announced without what they run, their folders and their environment", async () => {
    const watcher = attach("watcher", "other");
    const seen: Message[] = [];
    watcher.subscribe("**", ({ message }) => void seen.push(message));
    const manifest = { name: "a", version: "1.0.0", command: "secret-cmd", args: ["secret-arg"], env: { A: "secret" } };
    const first = open("1", record("a", "1", { manifest, folder: "/secret" }));
    open("2");
    first.put(record("a", "1", { manifest, folder: "/secret" }));
    await until(() => seen.some(({ topic }) => topic === "plugins/changed"), "the news");
    await until(() => seen.some(({ payload }) => payload.plugin !== undefined), "the announcement");
    assert.doesNotMatch(JSON.stringify(seen), /secret/);
  });

  it("are forgotten when their window has been silent for long, and not before", async () => {
    const first = open("1");
    const second = open("2", record("a", "2"));
    await first.knows("a@2");
    for (let at = 0; at < 10; at++) {
      clock.advance(10_000);
      await first.knows("a@2");
    }
    await second.bus.dispose();
    clock.advance(20_000);
    await first.knows("a@2");
    clock.advance(30_000);
    await first.knows("");
  });

  it("are announced again on another bus", async () => {
    const first = open("1", record("a", "1"));
    const watcher = attach("watcher", "other");
    const seen: unknown[] = [];
    watcher.subscribe("plugins/announce", ({ message }) => void seen.push(message.payload.plugin?.name));
    first.moved.fire();
    await until(() => seen.length > 0, "the announcement");
    assert.deepEqual(seen, ["a"]);
  });

  it("cannot be announced by a plugin", async () => {
    const first = open("1");
    const forger = attach("forger", "other");
    const forged = { windowId: "2", names: ["bank"], plugin: record("bank", "2"), asks: false };
    await forger.publish({ topic: "plugins/announce", payload: forged });
    await attach().publish({ topic: "plugins/announce", payload: { ...forged, windowId: 5 } });
    open("3", record("z", "3"));
    await first.knows("z@3");
  });

  it("are listed for any program that asks, once", async () => {
    const communication = { rpc: { methods: ["build"] } };
    const manifest = { name: "b", version: "1.0.0", communication, capabilities: { domains: ["backend"] } };
    const first = open("1", record("a", "1"));
    open("2", record("b", "2", { manifest }));
    await first.knows("a@1 b@2");
    const { plugins } = await attach("asker", "other").request({ topic: "plugins/list" });
    assert.deepEqual(plugins, [
      { name: "a", version: "1.0.0", origin: "user", state: "running", windowId: "1", methods: [] },
      {
        name: "b",
        version: "1.0.0",
        origin: "user",
        state: "running",
        windowId: "2",
        methods: ["build"],
        capabilities: { domains: ["backend"] },
      },
    ]);
  });
});
