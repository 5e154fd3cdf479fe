import assert from "node:assert/strict";
import { ClientEvents } from "../../../../src/client/resilience/clientEvents.ts";
import { FakeTimes } from "../../../support/client/fakeTimes.ts";
import { settled } from "../../../support/windows/manualClock.ts";

describe("ClientEvents", () => {
  let times: FakeTimes;
  let errors: unknown[];
  let events: ClientEvents<unknown>;
  let seen: unknown[][];

  beforeEach(() => {
    times = new FakeTimes();
    errors = [];
    seen = [];
    events = new ClientEvents<unknown>((error) => errors.push(error), times.clock);
  });

  function record(): void {
    for (const name of ["command:start", "command:success", "command:error"] as const)
      events.on(name, (...args) => seen.push([name, ...args]));
  }

  it("emit the start and the end of a call", async () => {
    record();
    const work = async (): Promise<string> => {
      await times.clock.pass(20);
      return "done";
    };
    assert.equal(await events.run({ command: "a", args: ["x"] }, work), "done");
    assert.deepEqual(seen, [
      ["command:start", "a", ["x"]],
      ["command:success", "a", "done", 20],
    ]);
  });

  it("emit the error of a call, and as an error what is none", async () => {
    record();
    const error = new Error("failed");
    await assert.rejects(
      events.run({ command: "a" }, () => Promise.reject(error)),
      error,
    );
    await assert.rejects(events.run({ command: "b" }, () => Promise.reject("aborted")));
    const ends = seen.filter(([name]) => name === "command:error");
    assert.deepEqual(ends[0], ["command:error", "a", error, 0]);
    assert.ok(ends[1]?.[2] instanceof Error);
    assert.equal(ends[1][2].message, "aborted");
  });

  it("reach all listeners when one of them throws, or its promise rejects, and so does the call", async () => {
    events.on("command:start", () => {
      throw new Error("first");
    });
    events.on("command:start", () => Promise.reject(new Error("second")));
    record();
    assert.equal(await events.run({ command: "a" }, () => Promise.resolve(1)), 1);
    await settled();
    assert.deepEqual(
      seen.map(([name]) => name),
      ["command:start", "command:success"],
    );
    assert.deepEqual(
      errors.map((error) => (error as Error).message),
      ["first", "second"],
    );
  });

  it("reach all listeners when the one of errors throws as well", () => {
    const own = new ClientEvents(() => {
      throw new Error("of the listener of errors");
    });
    const seen: string[] = [];
    own.on("status:changed", () => {
      throw new Error("of a listener");
    });
    own.on("status:changed", (status) => void seen.push(status));
    own.emit("status:changed", "available");
    assert.deepEqual(seen, ["available"]);
  });

  it("are warnings of the process without a listener of errors", async () => {
    const warned = new Promise((resolve) => process.once("warning", resolve));
    const own = new ClientEvents();
    own.on("status:changed", () => {
      throw new Error("a listener of the test that throws");
    });
    own.emit("status:changed", "available");
    assert.match(String(await warned), /a listener of the test that throws/);
  });

  it("go to the listeners that were subscribed when they were emitted, in order", () => {
    const names: string[] = [];
    const second = events.on("status:changed", () => names.push("second"));
    const unsubscribe = events.on("status:changed", () => {
      names.push("third");
      void unsubscribe.dispose();
      events.on("status:changed", () => names.push("late"));
    });
    events.emit("status:changed", "available");
    assert.deepEqual(names, ["second", "third"]);
    void second.dispose();
    events.emit("status:changed", "available");
    assert.deepEqual(names, ["second", "third", "late"]);
  });

  it("reach a listener once for each of its subscriptions", () => {
    let count = 0;
    const listener = (): number => ++count;
    events.on("status:changed", listener);
    events.on("status:changed", listener);
    events.emit("status:changed", "available");
    events.off("status:changed", listener);
    events.emit("status:changed", "available");
    events.removeAll();
    events.emit("status:changed", "available");
    assert.equal(count, 3);
  });
});
