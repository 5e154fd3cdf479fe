import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { DeliveryFailure, type FailureKind } from "../../../../src/exports/delivery/destination.ts";
import { createWebhook } from "../../../../src/exports/hooks/webhook.ts";
import { webhookSchema } from "../../../../src/exports/hooks/webhookSettings.ts";
import { destinationPorts } from "../../../support/exports/destinationPorts.ts";
import { endFactOf } from "../../../support/exports/facts.ts";
import { type Script, ScriptedServer } from "../../../support/exports/scriptedServer.ts";
import { WebhookPeer } from "../../../support/exports/peers/webhookPeer.ts";

const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const newer = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const never = new AbortController().signal;

describe("A webhook", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const open = (url: URL | string, changes: object = {}, ports = destinationPorts(store, { secret })) =>
    store.add(
      createWebhook(webhookSchema.parse({ name: "mine", kind: "webhook", url: String(url), ...changes }), ports),
    );
  const receive = async (options: Parameters<typeof WebhookPeer.start>[0] = { secret }) => {
    const peer = await WebhookPeer.start(options);
    store.defer(() => peer[Symbol.asyncDispose]());
    return peer;
  };
  const serve = async (...script: readonly Script[]) => store.add(await ScriptedServer.start(...script));

  it("sends an event that the library believes, with the same ID and its own time for each attempt", async () => {
    const peer = await receive();
    let now = Date.now();
    const hook = open(peer.url, {}, destinationPorts(store, { secret, now: () => now }));
    const fact = endFactOf("exec-1", 7, { traceparent });
    assert.deepEqual(await hook.send([fact], never), { outcome: "sent", detail: `${peer.url.host} answered 204.` });
    now += 61_000;
    await hook.send([fact], never);
    const [first, second] = peer.calls;
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual([first.distrust, second.distrust], [undefined, undefined]);
    assert.deepEqual(JSON.parse(first.body), {
      type: "kiro_bridge.command_completed",
      timestamp: "2026-11-28T01:30:00.000Z",
      id: fact.id,
      data: written({ event: fact.event, run: fact.run }),
    });
    assert.deepEqual([first.headers["webhook-id"], second.headers["webhook-id"]], [fact.id, fact.id]);
    const times = [first, second].map(({ headers }) => Number(headers["webhook-timestamp"]));
    assert.equal((times[1] ?? 0) - (times[0] ?? 0), 61);
    assert.equal(first.headers["traceparent"], traceparent);
    assert.equal(first.headers["content-type"], "application/json; charset=utf-8");
    assert.equal(first.headers["user-agent"], "kiro-bridge/test");
  });

  it("is believed by receivers with the old and with the new secret while it is rotated, and after", async () => {
    const [before, after] = [await receive({ secret }), await receive({ secret: newer })];
    const ports = destinationPorts(store, { secret: `${newer} ${secret}` });
    for (const { url } of [before, after]) await open(url, {}, ports).send([endFactOf("exec-1")], never);
    ports.setSecret(newer);
    await open(after.url, {}, ports).send([endFactOf("exec-2")], never);
    await assert.rejects(
      open(before.url, {}, ports).send([endFactOf("exec-2")], never),
      blocked(/credentials \(401\)/),
    );
    assert.deepEqual(
      [before, after].map(({ calls }) => calls.map(({ distrust }) => distrust)),
      [
        [undefined, "No matching signature found"],
        [undefined, undefined],
      ],
    );
    assert.ok(ports.hidden.includes(secret) && ports.hidden.includes(newer));
  });

  it("sends several events as a batch that is recognised when it comes again", async () => {
    const peer = await receive();
    const hook = open(peer.url, { batch: 10 });
    const facts = [endFactOf("exec-1", 1, { traceparent }), endFactOf("exec-2", 2)];
    await hook.send(facts, never);
    await hook.send(facts, never);
    await hook.send(facts.slice(1), never);
    const ids = peer.calls.map(({ headers }) => headers["webhook-id"]);
    assert.match(ids[0] ?? "", /^batch-[0-9a-f]{32}$/);
    assert.equal(ids[1], ids[0]);
    assert.notEqual(ids[2], ids[0]);
    const body = JSON.parse(peer.calls[0]?.body ?? "") as { type: string; data: { events: { id: string }[] } };
    assert.equal(body.type, "kiro_bridge.batch");
    assert.deepEqual(
      body.data.events.map(({ id }) => id),
      ["w1-e1-1", "w1-e1-2"],
    );
    assert.equal(peer.calls[0]?.headers["traceparent"], undefined);
    assert.equal(hook.limits.maxFacts, 10);
  });

  it("sends CloudEvents in each mode, signed like all of its messages", async () => {
    const peer = await receive();
    const fact = endFactOf("exec-1", 1, { traceparent });
    await open(peer.url, { format: "cloudevents" }).send([fact], never);
    await open(peer.url, { format: "cloudevents-binary" }).send([fact], never);
    await open(peer.url, { format: "cloudevents", batch: 5 }).send([fact], never);
    const types = peer.calls.map(({ headers }) => headers["content-type"]?.replace("; charset=utf-8", ""));
    assert.deepEqual(types, ["application/cloudevents+json", "application/json", "application/cloudevents-batch+json"]);
    assert.deepEqual(
      peer.calls.map(({ distrust }) => distrust),
      [undefined, undefined, undefined],
    );
    assert.equal(peer.calls[1]?.headers["ce-id"], fact.id);
    assert.equal(peer.calls[1]?.headers["ce-traceparent"], traceparent);
  });

  it("sends only the IDs of an event if it is thin", async () => {
    const peer = await receive();
    const fact = endFactOf("exec-1", 4);
    await open(peer.url, { thin: true }).send([fact], never);
    const { data } = JSON.parse(peer.calls[0]?.body ?? "") as { data: unknown };
    const { type, eventId, windowEventId, timestamp, windowId } = fact.event;
    assert.deepEqual(data, { event: { type, eventId, windowEventId, timestamp, windowId, executionId: "exec-1" } });
  });

  it("sends headers of the setting and of the secret", async () => {
    const peer = await receive();
    const ports = destinationPorts(store, {
      secret: JSON.stringify({ secrets: [secret], headers: { authorization: "Bearer abc" } }),
    });
    await open(peer.url, { headers: { "X-Tenant": "a" } }, ports).send([endFactOf("exec-1")], never);
    const [call] = peer.calls;
    assert.deepEqual([call?.headers["x-tenant"], call?.headers["authorization"]], ["a", "Bearer abc"]);
    assert.equal(call?.distrust, undefined);
  });

  it("sends without a signature only if the user says so", async () => {
    const peer = await receive({});
    await open(peer.url, { signed: false }, destinationPorts(store)).send([endFactOf("exec-1")], never);
    assert.equal(peer.calls[0]?.headers["webhook-signature"], undefined);
    assert.equal(peer.calls[0]?.headers["webhook-id"], "w1-e1-3");
    const headersOnly = destinationPorts(store, { secret: JSON.stringify({ headers: { "X-Key": "k" } }) });
    for (const ports of [destinationPorts(store), headersOnly])
      await assert.rejects(open(peer.url, {}, ports).send([endFactOf("exec-1")], never), blocked(/secret/));
    assert.equal(peer.calls.length, 1);
  });

  it("takes up again when a secret that was removed is back", async () => {
    const peer = await receive();
    const ports = destinationPorts(store, { secret });
    const hook = open(peer.url, {}, ports);
    ports.setSecret(undefined);
    await assert.rejects(hook.send([endFactOf("exec-1")], never), blocked(/has no secret/));
    ports.setSecret(secret);
    assert.equal((await hook.send([endFactOf("exec-1")], never)).outcome, "sent");
  });

  it("sends a marked item as its test", async () => {
    const peer = await receive();
    assert.equal((await open(peer.url).test(never)).outcome, "sent");
    const { type, data } = JSON.parse(peer.calls[0]?.body ?? "") as { type: string; data: unknown };
    assert.deepEqual([type, data], ["kiro_bridge.test", { isTest: true }]);
    assert.deepEqual(new Webhook(secret).verify(peer.calls[0]?.body ?? "", { ...peer.calls[0]?.headers }), {
      ...JSON.parse(peer.calls[0]?.body ?? ""),
    });
  });

  it("waits as Standard Webhooks recommend: ten attempts in three days", () => {
    const hook = open("https://hooks.example/");
    assert.deepEqual(
      hook.retryDelaysMs?.map((ms) => ms / 1000),
      [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400],
    );
  });

  const answers: readonly [number, FailureKind][] = [
    [301, "blocked"],
    [307, "blocked"],
    [400, "refused"],
    [401, "blocked"],
    [404, "blocked"],
    [410, "gone"],
    [413, "refused"],
    [429, "passing"],
    [500, "passing"],
    [502, "passing"],
    [503, "passing"],
    [504, "passing"],
  ];
  for (const [status, kind] of answers) {
    it(`tells that an answer of ${status} is ${kind}, and calls no other address`, async () => {
      const elsewhere = await serve({ body: "{}" });
      const headers = { location: elsewhere.url, "retry-after": "90", "content-type": "text/plain" };
      const server = await serve({ status, headers, body: "No." });
      await assert.rejects(open(server.url).send([endFactOf("exec-1")], never), (error) => {
        assert.ok(error instanceof DeliveryFailure, String(error));
        assert.deepEqual([error.kind, error.status], [kind, status], error.message);
        if (kind === "passing") assert.equal(error.retryAfterMs, 90_000);
        return true;
      });
      assert.deepEqual([server.requests.length, elsewhere.requests.length], [1, 0]);
    });
  }

  it("finds the events that the receiver refuses in a batch, and sends the others", async () => {
    const server = await serve();
    server.otherwise = ({ body }) => ({ status: body.includes("exec-2") ? 422 : 200, headers: {}, body: "" });
    const facts = [endFactOf("exec-1", 1), endFactOf("exec-2", 2), endFactOf("exec-3", 3)];
    const { outcome, refused } = await open(server.url, { batch: 10 }).send(facts, never);
    assert.equal(outcome, "sent");
    assert.deepEqual(
      refused?.map(({ id }) => id),
      ["w1-e1-2"],
    );
    assert.match(refused[0]?.reason ?? "", /\(422\)/);
    assert.equal(server.requests.length, 4);
  });

  it("ends its request when it is cancelled", async () => {
    const server = await serve({ headUntil: new Promise(() => undefined) });
    const cancel = new AbortController();
    const sent = open(server.url).send([endFactOf("exec-1")], cancel.signal);
    const { closed } = await server.request(0);
    cancel.abort(new Error("stop"));
    await assert.rejects(sent, /stop/);
    assert.ok(closed.aborted || (await new Promise((resolve) => closed.addEventListener("abort", resolve))));
  });

  it("wants the events that its setting names", () => {
    const hook = open("https://hooks.example/", { events: ["status-*"] });
    assert.equal(hook.wants("status-changed"), true);
    assert.equal(hook.wants("command-completed"), false);
  });
});

function blocked(sentence: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DeliveryFailure, String(error));
    assert.equal(error.kind, "blocked", error.message);
    assert.match(error.message, sentence);
    return true;
  };
}
