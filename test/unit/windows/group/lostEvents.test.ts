import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import { noEvent } from "../../../../src/base/events.ts";
import { systemClock } from "../../../../src/base/clock.ts";
import { EventLog } from "../../../../src/core/events/eventLog.ts";
import { AbsentWindow } from "../../../../src/windows/group/absentWindow.ts";
import type { SelfWindow } from "../../../../src/windows/group/groupPorts.ts";
import { MemberSide } from "../../../../src/windows/group/memberSide.ts";
import { OwnerSide } from "../../../../src/windows/group/ownerSide.ts";
import { type FakeLink, fakeLinks } from "../../../support/windows/fakeLinks.ts";
import { until } from "../../../support/until.ts";

const windowOf = (id: string) => ({ id, pid: process.pid, editor: "Test", workspaceFolders: [] });
const time = new Date(0).toISOString();

/** A member whose log has room for four events. */
class SmallMember implements SelfWindow {
  readonly events = new EventLog("member", { maxEvents: 4, maxLength: 1e6 });
  readonly onDidChangeWindow = noEvent;
  readonly onDidChangeStatus = noEvent;
  readonly onDidChangeCommands = noEvent;
  readonly onDidUseKey = noEvent;
  readonly #running = new Set<string>();

  describe = () => windowOf("member");
  commands = () => [];

  status() {
    const queue = { running: this.#running.size, queued: 0 };
    return { status: "ready", timestamp: time, cli: { state: "off", sessions: 0 }, queue } as const;
  }

  active() {
    const fields = { command: "x", args: [], startedAt: time, queuedAt: time, output: "", target: "editor" };
    const state = { status: "running", windowId: "member" } as const;
    return [...this.#running].map((id) => ({ id, executionId: id, ...fields, ...state }));
  }

  start(executionId: string): void {
    this.#running.add(executionId);
    this.events.append({ type: "command-started", executionId, command: "x", args: [] });
  }

  cancel(executionId: string): void {
    this.#running.delete(executionId);
    this.events.append({ type: "command-cancelled", executionId, how: "killed" });
  }
}

describe("A member that has lost events before the owner has read them", () => {
  let self: SmallMember;
  let log: EventLog;
  let member: MemberSide;
  let owner: OwnerSide<FakeLink>;
  let link: FakeLink;
  const ids = (): string[] => owner.active().map(({ id }) => id);

  beforeEach(() => {
    self = new SmallMember();
    log = new EventLog("owner");
    const links = fakeLinks({ member: windowOf("member"), owner: windowOf("owner") });
    link = links.member;
    owner = new OwnerSide<FakeLink>(
      {
        log,
        processes: { identify: () => Promise.resolve(undefined), isLiving: () => Promise.resolve(true) },
        history: { get: () => Promise.resolve(undefined) },
        clock: systemClock,
        logger: silentLogger,
        createOther: (_link, known) => new AbsentWindow(known),
        isOwner: () => Promise.resolve(true),
      },
      windowOf("member"),
    );
    owner.join(links.owner);
    self.start("ended");
    member = new MemberSide({ link, self, clock: systemClock });
  });
  afterEach(async () => {
    await member.dispose();
    owner.dispose();
  });

  it("says so, and sends again what is running", async () => {
    await until(() => log.lastImportedOf("member") === 1);
    assert.deepEqual(ids(), ["ended"]);
    link.setBehind(true);
    self.cancel("ended");
    for (const id of ["a", "b", "c", "running"]) self.start(id);
    for (const id of ["a", "b", "c"]) self.cancel(id);
    assert.deepEqual(ids(), ["ended"]);
    link.setBehind(false);
    await until(() => log.lastImportedOf("member") === self.events.lastId);
    assert.deepEqual(ids(), ["running"]);
    const lost = log.read(0, ({ type }) => type === "events-lost").events;
    assert.deepEqual(
      lost.map((event) => event.type === "events-lost" && [event.lostWindowId, event.lostFrom, event.lostTo]),
      [["member", 2, 5]],
    );
    self.cancel("running");
    await until(() => ids().length === 0);
    assert.equal(link.ended, undefined);
  });

  it("sends no other snapshot for events that the first one includes", async () => {
    await member.dispose();
    for (const id of ["a", "b", "c", "d", "e"]) self.start(id);
    const links = fakeLinks({ member: windowOf("member"), owner: windowOf("owner") });
    owner.join(links.owner);
    member = new MemberSide({ link: links.member, self, clock: systemClock });
    await until(() => links.member.sent.some(({ type }) => type === "events"));
    const types = links.member.sent.map(({ type }) => type);
    assert.deepEqual([types.filter((type) => type === "snapshot").length, types.includes("lost")], [1, true]);
    assert.deepEqual(ids(), ["ended", "a", "b", "c", "d", "e"]);
  });
});
