import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { PostHogSender } from "../../../../src/host/analytics/postHogSender.ts";
import { never, type Script, ScriptedServer } from "../../../support/exports/scriptedServer.ts";
import { TestClock } from "../../../support/testClock.ts";

interface Batch {
  readonly api_key: string;
  readonly sent_at: string;
  readonly batch: readonly {
    readonly event: string;
    readonly distinct_id: string;
    readonly properties: object;
    readonly timestamp: string;
    readonly uuid: string;
  }[];
}

describe("The sender of analytics", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const serve = async (...script: readonly Script[]) => store.add(await ScriptedServer.start(...script));
  const senderTo = (url: string) =>
    store.add(
      new PostHogSender({
        url: new URL(url),
        projectKey: "phc_key",
        distinctId: () => Promise.resolve("an-id"),
        logger: silentLogger,
      }),
    );

  it("sends events in the form that PostHog reads, without a profile and a place", async () => {
    const server = await serve({ body: '{"status":1}' });
    const sender = senderTo(server.url);
    sender.add("kiro-bridge.kiro-bridge/bridge-started", { version: "0.1.0", isRemote: false });
    sender.add("kiro-bridge.kiro-bridge/bridge-failed", { reason: "other" });
    await sender.flush();
    const { method, url, headers, json } = server.at(0);
    assert.deepEqual([method, url, headers["content-type"]], ["POST", "/batch/", "application/json"]);
    const { api_key, sent_at, batch } = json as Batch;
    assert.equal(api_key, "phc_key");
    assert.ok(!Number.isNaN(Date.parse(sent_at)));
    const fixed = { $process_person_profile: false, $geoip_disable: true };
    assert.deepEqual(
      batch.map(({ event, distinct_id, properties }) => ({ event, distinct_id, properties })),
      [
        { event: "bridge-started", distinct_id: "an-id", properties: { version: "0.1.0", isRemote: false, ...fixed } },
        { event: "bridge-failed", distinct_id: "an-id", properties: { reason: "other", ...fixed } },
      ],
    );
    assert.equal(new Set(batch.map(({ uuid }) => uuid)).size, 2);
    for (const { timestamp } of batch) assert.ok(!Number.isNaN(Date.parse(timestamp)));
  });

  it("collects events for a moment, and sends nothing if there are none", async () => {
    const clock = TestClock.stopped();
    store.defer(() => clock.release());
    const server = await serve({ body: "" });
    const sender = senderTo(server.url);
    await sender.flush();
    for (let count = 0; count < 3; count++) sender.add("a/bridge-failed", {});
    clock.pass(4999);
    await new Promise(setImmediate);
    assert.equal(server.requests.length, 0);
    clock.pass(1);
    const { json } = await server.request(0);
    assert.equal((json as Batch).batch.length, 3);
  });

  it("forgets what was not sent when it is cleared, and keeps a limited number of events", async () => {
    const server = await serve({ body: "" });
    const sender = senderTo(server.url);
    sender.add("a/bridge-failed", { reason: "cleared" });
    sender.clear();
    for (let count = 0; count < 150; count++) sender.add("a/bridge-used", {});
    await sender.flush();
    const { batch } = server.at(0).json as Batch;
    assert.equal(batch.length, 100);
    assert.deepEqual([...new Set(batch.map(({ event }) => event))], ["bridge-used"]);
    assert.equal(server.requests.length, 1);
  });

  it("sends no event again, whatever the answer is, and follows no redirect", async () => {
    const elsewhere = await serve({ body: "" });
    const server = await serve(
      { status: 500, body: "" },
      { status: 307, headers: { location: elsewhere.url }, body: "" },
    );
    const sender = senderTo(server.url);
    for (let count = 0; count < 2; count++) {
      sender.add("a/bridge-used", { count });
      await sender.flush();
    }
    await sender.flush();
    assert.deepEqual([server.requests.length, elsewhere.requests.length], [2, 0]);
  });

  it("waits for a server that does not answer no longer than three seconds", async () => {
    const clock = TestClock.stopped();
    store.defer(() => clock.release());
    const server = await serve({ headUntil: never });
    const sender = senderTo(server.url);
    sender.add("a/bridge-used", {});
    const flushed = sender.flush();
    const { closed } = await server.request(0);
    clock.pass(2999);
    assert.equal(closed.aborted, false);
    clock.pass(1);
    await flushed;
  });

  it("sends what it has when it is disposed", async () => {
    const server = await serve({ body: "" });
    const sender = senderTo(server.url);
    sender.add("a/bridge-used", {});
    await sender.dispose();
    assert.equal(server.requests.length, 1);
  });

  it("sends nothing more when it is abandoned, not even at its end", async () => {
    const server = await serve({ body: "" });
    const sender = senderTo(server.url);
    sender.add("a/bridge-started", {});
    sender.abandon();
    sender.add("a/bridge-used", {});
    await sender.dispose();
    assert.equal(server.requests.length, 0);
  });
});
