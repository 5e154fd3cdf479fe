import assert from "node:assert/strict";
import { composeSend } from "../../../../src/client/resilience/composeSend.ts";
import { commandRequest, FakeSend, networkFailure } from "../../../support/client/fakeSend.ts";
import { FakeTimes } from "../../../support/client/fakeTimes.ts";
import { settled } from "../../../support/windows/manualClock.ts";

const status = { method: "GET", path: "/api/kiro/status" } as const;

describe("The queue", () => {
  let bridge: FakeSend;

  beforeEach(() => void (bridge = new FakeSend()));

  const commands = (): (string | undefined)[] => bridge.requests.map(({ command }) => command);

  it("runs 1,000 calls 3 at a time, by priority, and in order of arrival within a priority", async () => {
    const { send, queue } = composeSend(bridge.send, { queue: true }, new FakeTimes());
    const calls = Array.from({ length: 1000 }, (_, at) => ({ name: `call-${at}`, priority: (at * 7) % 10, at }));
    const done = calls.map(({ name, priority }) => send(commandRequest(name, { priority })));
    await settled();
    assert.deepEqual(queue?.status, { queueLength: 997, activeCommands: 3, processing: true });
    while (bridge.open.length > 0) {
      assert.ok(bridge.open.length <= 3);
      bridge.next.respond();
      await settled();
    }
    await Promise.all(done);
    const [first, rest] = [calls.slice(0, 3), calls.slice(3)];
    const ordered = rest.toSorted((a, b) => b.priority - a.priority || a.at - b.at);
    assert.deepEqual(
      commands(),
      [...first, ...ordered].map(({ name }) => name),
    );
    assert.equal(bridge.maxOpen, 3);
    assert.deepEqual(queue?.status, { queueLength: 0, activeCommands: 0, processing: false });
  });

  it("lets everything pass that is not a command", async () => {
    const { send } = composeSend(bridge.send, { queue: { maxConcurrent: 1 } });
    void send(commandRequest("a"));
    void send(commandRequest("b"));
    void send({ method: "POST", path: "/api/kiro/input" });
    void send(status);
    await settled();
    assert.deepEqual(
      bridge.requests.map(({ path }) => path),
      ["/api/kiro/execute", "/api/kiro/input", "/api/kiro/status"],
    );
  });

  it("removes a waiting call that is aborted", async () => {
    const { send, queue } = composeSend(bridge.send, { queue: { maxConcurrent: 1 } });
    void send(commandRequest("a"));
    const abort = new AbortController();
    const waiting = send(commandRequest("b", { signal: abort.signal }));
    const last = send(commandRequest("c"));
    const rejected = assert.rejects(waiting, /enough/);
    abort.abort(new Error("enough"));
    await rejected;
    assert.equal(queue?.status.queueLength, 1);
    bridge.next.respond();
    await settled();
    bridge.next.respond();
    await last;
    assert.deepEqual(commands(), ["a", "c"]);
  });

  it("keeps the slot of an aborted call until that has settled", async () => {
    const work = Promise.withResolvers<Response>();
    const sent: string[] = [];
    const { send } = composeSend(
      ({ command = "" }) => {
        sent.push(command);
        return work.promise;
      },
      { queue: { maxConcurrent: 1 } },
    );
    const abort = new AbortController();
    const running = send(commandRequest("a", { signal: abort.signal }));
    const next = send(commandRequest("b"));
    abort.abort();
    await settled();
    assert.deepEqual(sent, ["a"]);
    work.resolve(new Response());
    await Promise.all([running, next]);
    assert.deepEqual(sent, ["a", "b"]);
  });

  it("frees the slot of a call that fails", async () => {
    const { send } = composeSend(bridge.send, { queue: { maxConcurrent: 1 } });
    const failing = send(commandRequest("a"));
    const next = send(commandRequest("b"));
    await settled();
    bridge.next.fail(networkFailure());
    await assert.rejects(failing, { code: "NETWORK_ERROR" });
    await settled();
    bridge.next.respond();
    await next;
  });

  for (const end of ["ends", "breaks", "is cancelled by its reader"] as const)
    it(`keeps the slot of a streamed chat until the stream ${end}`, async () => {
      const { send, queue } = composeSend(bridge.send, { queue: { maxConcurrent: 1 } });
      const chat = send(commandRequest("chat", { accept: "text/event-stream" }));
      const next = send(commandRequest("b"));
      const body = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
      await settled();
      bridge.next.stream(new ReadableStream({ start: body.resolve }));
      const response = await chat;
      const controller = await body.promise;
      controller.enqueue(new TextEncoder().encode("data: 1\n\n"));
      const reader = response.body?.getReader();
      assert.equal(new TextDecoder().decode((await reader?.read())?.value), "data: 1\n\n");
      assert.equal(queue?.status.queueLength, 1);
      if (end === "ends") controller.close();
      else if (end === "breaks") {
        controller.error(new Error("broken"));
        await assert.rejects(async () => reader?.read(), /broken/);
      } else await reader?.cancel();
      await settled();
      bridge.next.respond();
      await next;
      assert.deepEqual(commands(), ["chat", "b"]);
    });

  it("refuses a number of calls that is none", () => {
    assert.throws(() => composeSend(bridge.send, { queue: { maxConcurrent: 0 } }), RangeError);
    assert.throws(() => composeSend(bridge.send, { queue: { maxConcurrent: Number.NaN } }), RangeError);
  });
});

describe("The pool", () => {
  it("limits the requests in progress, but not streams, answers and cancels", async () => {
    const bridge = new FakeSend();
    const { send } = composeSend(bridge.send, { pool: { maxSockets: 2 } });
    const all = Promise.allSettled([
      ...Array.from({ length: 6 }, () => send(status)),
      send({ method: "GET", path: "/api/kiro/events", accept: "text/event-stream" }),
      send({ method: "POST", path: "/api/kiro/input" }),
      send({ method: "POST", path: "/api/kiro/executions/exec-1/cancel" }),
    ]);
    await settled();
    const isStatus = ({ path }: { readonly path: string }): boolean => path === status.path;
    assert.equal(bridge.open.filter(({ request }) => isStatus(request)).length, 2);
    assert.equal(bridge.open.length, 5);
    while (bridge.open.length > 0) {
      bridge.next.respond();
      await settled();
      assert.ok(bridge.open.filter(({ request }) => isStatus(request)).length <= 2);
    }
    await all;
    assert.equal(bridge.requests.length, 9);
  });
});
