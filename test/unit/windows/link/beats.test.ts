import assert from "node:assert/strict";
import { systemClock } from "../../../../src/base/clock.ts";
import { Emitter } from "../../../../src/base/events.ts";
import { watchBeats } from "../../../../src/windows/link/beats.ts";
import type { LinkEnd } from "../../../../src/windows/link/link.ts";
import type { LinkMessage } from "../../../../src/windows/link/messages.ts";
import { TestClock } from "../../../support/testClock.ts";

/** One end of a link, which the test plays the other end of. */
class OneEnd {
  readonly sent: LinkMessage[] = [];
  readonly ends: LinkEnd["reason"][] = [];
  readonly received = new Emitter<LinkMessage>();
  readonly ended = new Emitter<LinkEnd>();
  readonly onDidReceive = this.received.event;
  readonly onDidEnd = this.ended.event;

  send(message: LinkMessage): void {
    this.sent.push(message);
  }

  end(reason: LinkEnd["reason"], detail: string): void {
    this.ends.push(reason);
    this.ended.fire({ reason, detail });
  }
}

describe("The heartbeats of a link", () => {
  let clock: TestClock;
  let link: OneEnd;

  beforeEach(() => {
    clock = TestClock.stopped();
    link = new OneEnd();
    watchBeats(link, systemClock, "owner");
  });

  afterEach(() => clock.release());

  /** Time in which the other end sends something every 100 ms. */
  const passTalking = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.pass(100);
      link.received.fire({ type: "beat" });
    }
  };

  it("are sent every 500 ms", () => {
    passTalking(2_000);
    assert.deepEqual(
      link.sent,
      Array.from({ length: 4 }, () => ({ type: "beat" })),
    );
    assert.deepEqual(link.ends, []);
  });

  it("end a link to the owner as silent after 1 s without a message of any type", () => {
    clock.pass(900);
    link.received.fire({ type: "received", windowEventId: 1 });
    clock.pass(999);
    assert.deepEqual(link.ends, []);
    clock.pass(11);
    assert.deepEqual(link.ends, ["silent"]);
  });

  it("give a member 5 s", () => {
    link.end("closed", "another one is used");
    const member = new OneEnd();
    watchBeats(member, systemClock, "member");
    clock.pass(4_999);
    assert.deepEqual(member.ends, []);
    clock.pass(11);
    assert.deepEqual(member.ends, ["silent"]);
  });

  it("stop when the link ends", () => {
    link.end("closed", "over");
    clock.pass(5_000);
    assert.deepEqual([link.sent, link.ends], [[], ["closed"]]);
  });

  it("do not take the stop of this process for the silence of the other one", () => {
    // A process that goes on after a while: all timers are late, and what has arrived is read after them.
    let now = 0;
    const timers: { readonly dueAt: number; readonly callback: () => void }[] = [];
    const frozen = {
      now: () => now,
      after: (delayMs: number, callback: () => void) => {
        const timer = { dueAt: now + delayMs, callback };
        timers.push(timer);
        return { dispose: () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1)) };
      },
    };
    const goOnAt = (time: number): void => {
      now = time;
      for (const timer of timers.filter(({ dueAt }) => dueAt <= now)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.callback();
      }
    };
    const thawed = new OneEnd();
    watchBeats(thawed, frozen, "owner");
    goOnAt(5_000);
    assert.deepEqual(thawed.ends, []);
    thawed.received.fire({ type: "beat" });
    for (let time = 5_100; time < 6_000; time += 100) goOnAt(time);
    assert.deepEqual(thawed.ends, []);
    for (let time = 6_000; time < 6_300; time += 100) goOnAt(time);
    assert.deepEqual(thawed.ends, ["silent"]);
  });
});
