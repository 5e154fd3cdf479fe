import assert from "node:assert/strict";
import type { Message } from "../../../../src/plugins/bus/message.ts";
import type { BusParticipant, Delivery } from "../../../../src/plugins/bus/participant.ts";
import { describeBus, hasCode, Inbox } from "../../../support/plugins/busUnderTest.ts";
import { until } from "../../../support/until.ts";

const idOf = ({ correlationId }: Message): string => correlationId ?? assert.fail("a request has a correlationId");

/** Answers each request with its payload. */
function echo(participant: BusParticipant, pattern: string): void {
  participant.subscribe(pattern, async ({ message }) => {
    await participant.respond(idOf(message), { echo: message.payload, by: participant.name });
  });
}

/** Requests and who answers them. */
export const requestSuite = describeBus("requests", (bus) => {
  it("answers a request with the payload of its response", async () => {
    const caller = bus().join("caller");
    const callee = bus().join("callee");
    echo(callee, "plugin/callee/request");
    await bus().flush();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, number) => caller.request({ topic: "plugin.callee.request", payload: number })),
    );
    assert.deepEqual(
      answers,
      Array.from({ length: 20 }, (_, number) => ({ echo: number, by: "callee" })),
    );
  });

  it("settles a request whose response is undefined or null", async () => {
    const caller = bus().join("caller");
    const callee = bus().join("callee");
    callee.subscribe("plugin/callee/nothing", ({ message }) => callee.respond(idOf(message)));
    callee.subscribe("plugin/callee/null", ({ message }) => callee.respond(idOf(message), null));
    await bus().flush();
    assert.equal(await caller.request({ topic: "plugin/callee/nothing" }), undefined);
    assert.equal(await caller.request({ topic: "plugin/callee/null" }), null);
  });

  it("fails at once if nobody answers on the topic, or by the name", async () => {
    const caller = bus().join("caller");
    const callee = bus().join("callee");
    echo(callee, "plugin/callee/request");
    callee.subscribe("filtered/topic", () => undefined, { filter: () => false });
    await bus().flush();
    for (const topic of ["plugin/nobody/request", "plugin/callee/other", "filtered/topic"]) {
      await assert.rejects(caller.request({ topic }), hasCode("NOT_FOUND", "no-responder"), topic);
    }
    const misdirected = caller.request({ topic: "plugin/callee/request", destination: "caller" });
    await assert.rejects(misdirected, hasCode("NOT_FOUND", "no-responder"));
    assert.equal(caller.stats().pendingRequests, 0);
  });

  it("shows a request on a plugin's topic to that plugin only, which alone can answer it", async () => {
    const caller = bus().join("caller");
    const spy = bus().join("spy");
    const callee = bus().join("callee");
    const spied = new Inbox(spy, "**");
    const received = new Inbox(callee, "plugin/callee/request");
    await bus().flush();
    const answer = caller.request({ topic: "plugin/callee/request", payload: "secret" });
    const [request] = await received.wait(1);
    const id = request?.correlationId ?? "";
    await assert.rejects(spy.respond(id, "forged"), hasCode("ACCESS_DENIED"));
    await assert.rejects(spy.progress(id, "forged"), hasCode("ACCESS_DENIED"));
    await assert.rejects(caller.respond(id, "forged"), hasCode("ACCESS_DENIED"));
    await assert.rejects(callee.respond(crypto.randomUUID(), "forged"), hasCode("ACCESS_DENIED"));
    const forged = { messageType: "response", correlationId: id, payload: "forged" } as const;
    for (const topic of ["plugin/callee/response", "plugin/caller/response", "plugin/spy/response"]) {
      await spy.publish({ ...forged, topic });
      await spy.publish({ ...forged, topic, destination: "caller" });
    }
    await callee.respond(id, "true");
    assert.equal(await answer, "true");
    await spied.wait(3);
    assert.ok(!spied.payloads.includes("secret"));
    assert.ok(!spied.payloads.includes("true"));
  });

  it("refuses a second answer", async () => {
    const caller = bus().join("caller");
    const callee = bus().join("callee");
    const received = new Inbox(callee, "plugin/callee/request");
    await bus().flush();
    const answer = caller.request({ topic: "plugin/callee/request" });
    const [request] = await received.wait(1);
    await callee.respond(request?.correlationId ?? "", 1);
    assert.equal(await answer, 1);
    await assert.rejects(callee.respond(request?.correlationId ?? "", 2), hasCode("CONFLICT"));
  });

  it("streams progress to the requester before the response", async () => {
    const caller = bus().join("caller");
    const callee = bus().join("callee");
    callee.subscribe("plugin/callee/request", async ({ message }) => {
      for (let step = 1; step <= 3; step++) await callee.progress(idOf(message), { step });
      await callee.respond(idOf(message), "done");
    });
    await bus().flush();
    const steps: unknown[] = [];
    const onProgress = (payload: unknown) => {
      steps.push(payload);
      throw new Error("a listener throws");
    };
    assert.equal(await caller.request({ topic: "plugin/callee/request" }, { onProgress }), "done");
    assert.deepEqual(steps, [{ step: 1 }, { step: 2 }, { step: 3 }]);
  });

  it("ends a request at its deadline, and aborts the work of the responder", async () => {
    const caller = bus().join("caller");
    const callee = bus().join("callee");
    let signal: AbortSignal | undefined;
    callee.subscribe("plugin/callee/request", (delivery) => {
      signal = delivery.signal;
      assert.equal(delivery.message.metadata.timeout, 300);
      return new Promise(() => undefined);
    });
    await bus().flush();
    await assert.rejects(
      caller.request({ topic: "plugin/callee/request", timeout: 300 }),
      hasCode("OPERATION_TIMEOUT"),
    );
    await until(() => signal?.aborted === true, "the abort of the responder");
    for (const timeout of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e12]) {
      await assert.rejects(caller.request({ topic: "plugin/callee/request", timeout }), hasCode("VALIDATION_FAILED"));
    }
  });

  it("cancels a request with its signal, aborts the responder, and succeeds with the next one", async () => {
    const caller = bus().join("caller");
    const callee = bus().join("callee");
    const signals: AbortSignal[] = [];
    callee.subscribe("plugin/callee/slow", (delivery) => {
      signals.push(delivery.signal);
      return new Promise((resolve) => delivery.signal.addEventListener("abort", resolve));
    });
    echo(callee, "plugin/callee/request");
    await bus().flush();
    const abort = new AbortController();
    const cancelled = caller.request({ topic: "plugin/callee/slow" }, { signal: abort.signal });
    cancelled.catch(() => undefined);
    await until(() => signals.length === 1, "the request");
    abort.abort(new Error("MessageBus cleared"));
    await assert.rejects(cancelled, /^Error: MessageBus cleared$/);
    await until(() => signals[0]?.aborted === true, "the abort of the responder");
    await assert.rejects(
      caller.request({ topic: "plugin/callee/slow" }, { signal: abort.signal }),
      /MessageBus cleared/,
    );
    assert.deepEqual(await caller.request({ topic: "plugin/callee/request", payload: 1 }), { echo: 1, by: "callee" });
  });

  it("fails a request when its responder leaves, or its handler fails", async () => {
    const caller = bus().join("caller");
    const callee = bus().join("callee");
    const failing = bus().join("failing");
    const received = new Inbox(callee, "plugin/callee/request");
    failing.subscribe("plugin/failing/request", async () => {
      throw new Error("no answer");
    });
    await bus().flush();
    const unanswered = caller.request({ topic: "plugin/callee/request" });
    unanswered.catch(() => undefined);
    await received.wait(1);
    await callee.dispose();
    await assert.rejects(unanswered, hasCode("KIRO_UNAVAILABLE", "abandoned"));
    await assert.rejects(caller.request({ topic: "plugin/failing/request" }), hasCode("KIRO_UNAVAILABLE", "abandoned"));
  });

  it("aborts the work on requests when a subscription ends, and takes an answer all the same", async () => {
    const caller = bus().join("caller");
    const callee = bus().join("callee");
    const requests: Delivery[] = [];
    const subscription = callee.subscribe("plugin/callee/request", (delivery) => {
      requests.push(delivery);
      assert.equal(delivery.signal.aborted, false);
    });
    await bus().flush();
    const answers = Promise.all([1, 2].map((payload) => caller.request({ topic: "plugin/callee/request", payload })));
    await until(() => requests.length === 2, "two requests");
    subscription.unsubscribe();
    assert.deepEqual(
      requests.map(({ signal }) => signal.aborted),
      [true, true],
    );
    for (const { message } of requests) await callee.respond(idOf(message), message.payload);
    assert.deepEqual(await answers, [1, 2]);
  });

  it("fails the requests of a participant that leaves, and aborts their responders", async () => {
    const caller = bus().join("caller");
    const callee = bus().join("callee");
    let signal: AbortSignal | undefined;
    callee.subscribe("plugin/callee/request", (delivery) => {
      signal = delivery.signal;
    });
    await bus().flush();
    const unanswered = caller.request({ topic: "plugin/callee/request" });
    unanswered.catch(() => undefined);
    await until(() => signal !== undefined, "the request");
    await caller.dispose();
    await assert.rejects(unanswered, hasCode("KIRO_UNAVAILABLE"));
    await until(() => signal?.aborted === true, "the abort of the responder");
    await assert.rejects(caller.publish({ topic: "a" }), hasCode("KIRO_UNAVAILABLE"));
    assert.throws(() => caller.subscribe("a", () => undefined), hasCode("KIRO_UNAVAILABLE"));
  });

  it("takes the first answer of several responders, of one member in a queue group", async () => {
    const caller = bus().join("caller");
    for (const name of ["one", "two"]) {
      const worker = bus().join(name);
      worker.subscribe("jobs/next", ({ message }) => worker.respond(idOf(message), name), { group: "workers" });
    }
    await bus().flush();
    const answers = await Promise.all(Array.from({ length: 40 }, () => caller.request({ topic: "jobs/next" })));
    assert.deepEqual(new Set<unknown>(answers), new Set(["one", "two"]));
  });
});
