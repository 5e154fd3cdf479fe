import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { SocketPage } from "../../../../../src/dashboard/page/browser/socketPage.ts";
import { TestClock } from "../../../../support/testClock.ts";

describe("SocketPage", () => {
  let sent: unknown[];
  let received: unknown[];
  let saved: unknown;
  let silences: number;
  let perform: (action: string) => Promise<unknown>;
  let page: SocketPage;
  const socket = { send: (text: string) => void sent.push(JSON.parse(text)) };

  beforeEach(() => {
    sent = [];
    received = [];
    saved = undefined;
    silences = 0;
    perform = async () => undefined;
    page = new SocketPage({
      store: {
        get state() {
          return saved;
        },
        saveState: (state) => (saved = state),
      },
      perform: ({ action }) => perform(action),
      onSilence: () => silences++,
    });
    page.onDidReceive((message) => received.push(message));
  });

  it("passes requests and replies, and has the page subscribe again on another connection", () => {
    page.attach(socket);
    page.post({ id: 1, method: "subscribe" });
    page.receive('{"id":1,"result":{}}');
    page.receive("no JSON");
    assert.deepEqual(sent, [{ id: 1, method: "subscribe" }]);
    assert.deepEqual(received, [{ id: 1, result: {} }]);
    page.detach();
    page.attach(socket);
    assert.deepEqual(received.at(-1), { type: "resubscribe" });
  });

  it("answers what was asked on a connection that has ended, and what is asked without one", async () => {
    page.attach(socket);
    page.post({ id: 1, method: "metrics" });
    page.detach();
    page.post({ id: 2, method: "metrics" });
    await setImmediate();
    assert.deepEqual(
      received.map((message) => Reflect.get(Object(message), "id")),
      [1, 2],
    );
    assert.match(JSON.stringify(received), /KIRO_UNAVAILABLE.*KIRO_UNAVAILABLE/);
  });

  it("leaves the question whether the bridge is there without an answer while it is not", async () => {
    page.post({ id: 1, method: "status" });
    await setImmediate();
    assert.deepEqual(received, []);
  });

  it("does what the bridge asks, and says how it went", async () => {
    page.attach(socket);
    perform = async (action) => {
      if (action === "confirm") return true;
      throw new Error("no");
    };
    page.receive('{"type":"act","actionId":7,"action":"confirm","params":{}}');
    page.receive('{"type":"act","actionId":8,"action":"openRun","params":{}}');
    await setImmediate();
    assert.deepEqual(sent, [
      { id: "act-7", method: "acted", params: { actionId: 7, result: true } },
      { id: "act-8", method: "failed", params: { actionId: 8, message: "no" } },
    ]);
    assert.deepEqual(received, [], "it is nothing for the dashboard");
  });

  it("sends the outcome of an action on no other connection", async () => {
    page.attach(socket);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    perform = () => promise;
    page.receive('{"type":"act","actionId":7,"action":"confirm","params":{}}');
    page.detach();
    page.attach({ send: (text) => void sent.push(text) });
    resolve(true);
    await setImmediate();
    assert.deepEqual(sent, []);
  });

  it("keeps the state while it is connected only", () => {
    page.save("before");
    assert.equal(page.saved, undefined);
    page.attach(socket);
    page.save("now");
    page.detach();
    page.save("after");
    assert.equal(page.saved, "now");
  });

  it("reports a bridge that was asked and is silent, not one that was not asked", () => {
    const clock = TestClock.stopped();
    try {
      page.attach(socket);
      clock.pass(60_000);
      assert.equal(silences, 0);
      page.post({ id: 1, method: "status" });
      clock.pass(11_000);
      page.receive('{"type":"state"}');
      clock.pass(11_000);
      assert.equal(silences, 0, "it has said something");
      clock.pass(2000);
      assert.equal(silences, 1);
    } finally {
      clock.release();
    }
  });
});
