import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { destinationTestSchema } from "../../../src/protocol/exports/destinations.ts";
import {
  endsAt,
  ExportingBridges,
  exportsOf,
  hookElement,
  untilDestination,
} from "../../support/exports/exportingBridge.ts";
import { never } from "../../support/exports/scriptedServer.ts";
import type { TestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const POST = { method: "POST" } as const;

describe("The destinations of a window", () => {
  let store: DisposableStore;
  let bridges: ExportingBridges;
  beforeEach(async () => {
    store = new DisposableStore();
    bridges = store.add(await ExportingBridges.create());
  });
  afterEach(() => store.dispose());

  /** Runs a command, and returns the ID of its execution. */
  const run = async (bridge: TestBridge): Promise<string> => {
    const { json, status } = await bridge.execute({ command: "test.echo", args: ["x"] });
    assert.equal(status, 200);
    return String(json["executionId"]);
  };
  const testOf = async (bridge: TestBridge, name = "hook") =>
    destinationTestSchema.parse((await bridge.call(`/kiro/exports/${name}/test`, POST)).json);

  it("get each run, and show how they fare", async () => {
    const [first, second] = [await bridges.serve(), await bridges.serve()];
    bridges.elements = [hookElement(first), hookElement(second, { name: "other" })];
    const bridge = await bridges.start();
    const ids = [await run(bridge), await run(bridge)];
    for (const server of [first, second]) await until(() => endsAt(server).length === 2, "both runs");
    assert.deepEqual([endsAt(first), endsAt(second)], [ids, ids]);
    const { state, sent, waiting, lastSuccess } = await untilDestination(
      bridge,
      "two events",
      ({ sent }) => sent === 2,
    );
    assert.deepEqual([state, sent, waiting.events, lastSuccess?.outcome], ["ok", 2, 0, "sent"]);
    const metrics = (await bridge.call("/metrics")).text;
    assert.match(metrics, /kiro_bridge_exports_events_total\{destination="other",outcome="delivered"\} 2\n/);
    assert.match(metrics, /kiro_bridge_exports_waiting 0\n/);
  });

  it("get each run once from windows that share the storage and know of each other's runs", async () => {
    const server = await bridges.serve();
    bridges.elements = [hookElement(server)];
    const windows = [await bridges.start({ windowId: "w1" }), await bridges.start({ windowId: "w2" })] as const;
    const [first, second] = windows;
    // As the window that has the address for both.
    first.core.events.onDidAppend((event) => {
      const { windowEventId } = event;
      if (windowEventId !== undefined) second.core.events.import({ ...event, windowEventId });
    });
    const ids = [await run(first), await run(second), await run(first)];
    for (const [at, window] of windows.entries())
      await untilDestination(window, "its runs", ({ sent, waiting }) => sent === 2 - at && waiting.events === 0);
    assert.deepEqual(endsAt(server).toSorted(), ids.toSorted());
  });

  it("cost a request nothing when one never answers, and do not hold up the end of the bridge", async () => {
    const server = await bridges.serve({ headUntil: never });
    bridges.elements = [hookElement(server)];
    const bridge = await bridges.start();
    const id = await run(bridge);
    await server.request(0);
    await bridge.dispose();
    assert.ok(server.at(0).closed.aborted);
    const next = await bridges.start();
    await until(() => endsAt(server).length === 2, "the run again");
    assert.deepEqual(endsAt(server), [id, id]);
    assert.equal(server.at(0).headers["webhook-id"], server.at(1).headers["webhook-id"]);
    await next.dispose();
  });

  it("get the numbers of the last minute when the bridge stops, which waits for no answer", async () => {
    const [server, hung] = [await bridges.serve(), await bridges.serve({ headUntil: never })];
    const elementFor = (name: string, endpoint: string): object => {
      const settings = { protocol: "http/json", compression: "none", signals: ["metrics"], auth: { kind: "none" } };
      return { name, kind: "otlp", preset: "collector", endpoint, metricsIntervalSeconds: 3600, ...settings };
    };
    bridges.elements = [elementFor("numbers", server.url), elementFor("hung", hung.url)];
    const bridge = await bridges.start();
    await run(bridge);
    assert.deepEqual([server.requests.length, hung.requests.length], [0, 0]);
    await bridge.dispose();
    assert.deepEqual(
      server.requests.map(({ url }) => url),
      ["/v1/metrics"],
    );
    assert.match(JSON.stringify(server.at(0).json), /kiro_bridge\.[^"]*executions/);
    assert.ok(hung.at(0).closed.aborted);
  });

  it("follow no redirect, not even to this machine", async () => {
    const target = await bridges.serve();
    const server = await bridges.serve();
    server.otherwise = { status: 307, headers: { location: `${target.url}/private` } };
    bridges.elements = [hookElement(server)];
    const bridge = await bridges.start();
    await run(bridge);
    const { lastError, sent } = await untilDestination(
      bridge,
      "the failure",
      (record) => record.lastError !== undefined,
    );
    assert.deepEqual([target.requests.length, sent, lastError?.httpStatus], [0, 0, 307]);
  });

  it("do not get a secret of another one that a run shows before it was used, or has been set since", async () => {
    const [server, other] = [await bridges.serve(), await bridges.serve()];
    const all = { content: "all", events: ["command-started"] };
    const [first, second] = ["first-header-of-the-other", "second-header-of-the-other"];
    bridges.elements = [hookElement(server, all), hookElement(other, { name: "other", events: ["session-changed"] })];
    const keep = (header: string) => bridges.setSecret("other", JSON.stringify({ headers: { "x-key": header } }));
    keep(first);
    const bridge = await bridges.start();
    await bridge.execute({ command: "test.echo", args: [`the first is ${first}`] });
    keep(second);
    await bridge.execute({ command: "test.echo", args: [`the second is ${second}`] });
    await until(() => server.requests.length === 2, "both runs");
    const told = server.requests.map(({ body }) => String(body));
    for (const text of told) assert.match(text, /the (?:first|second) is \(hidden\)/);
    assert.equal(other.requests.length, 0);
  });

  it("wait while their secret is removed, and go on when it is set again", async () => {
    const server = await bridges.serve();
    bridges.elements = [hookElement(server, { signed: true })];
    bridges.setSecret("hook", SECRET);
    const bridge = await bridges.start();
    const first = await run(bridge);
    await until(() => endsAt(server).length === 1, "the first run");
    bridges.setSecret("hook", undefined);
    const second = await run(bridge);
    const record = await untilDestination(bridge, "the missing secret", ({ state }) => state === "blocked");
    assert.match(record.lastError?.message ?? "", /has no secret\. Set it with 'Kiro Bridge: Set Secret/);
    assert.equal(record.waiting.events, 1);
    bridges.setSecret("hook", SECRET);
    await until(() => endsAt(server).length === 2, "the second run");
    assert.deepEqual(endsAt(server), [first, second]);
    const { state } = await untilDestination(bridge, "its health", ({ waiting }) => waiting.events === 0);
    assert.equal(state, "ok");
  });

  it("follow a change of the setting without a restart", async () => {
    const [before, after, added] = [await bridges.serve(), await bridges.serve(), await bridges.serve()];
    before.otherwise = { status: 503 };
    bridges.elements = [hookElement(before), hookElement(after, { name: "wrong", url: "no address" })];
    const bridge = await bridges.start();
    const [problem] = (await exportsOf(bridge)).problems;
    assert.match(problem ?? "", /^kiroBridge\.exports: wrong: url: expected an address/);
    const first = await run(bridge);
    await untilDestination(bridge, "the failure", ({ state }) => state === "retrying");
    bridges.elements = [hookElement(added, { name: "added" }), hookElement(after)];
    bridge.applySettings();
    await untilDestination(bridge, "the new destination", ({ state }) => state === "idle", "added");
    await until(() => endsAt(after).length === 1, "what waited");
    const second = await run(bridge);
    await until(() => endsAt(added).length === 1 && endsAt(after).length === 2, "the second run");
    assert.deepEqual([endsAt(after), endsAt(added)], [[first, second], [second]]);
    const { destinations, problems } = await exportsOf(bridge);
    assert.deepEqual([destinations.map(({ name }) => name), problems], [["added", "hook"], []]);
  });

  it("keep what is refused as dead letters, which are sent again or removed", async () => {
    const server = await bridges.serve({ status: 413 }, { status: 413 });
    bridges.elements = [hookElement(server)];
    const bridge = await bridges.start();
    const ids = [await run(bridge)];
    await untilDestination(bridge, "a dead letter", ({ deadLetters }) => deadLetters === 1);
    ids.push(await run(bridge));
    const record = await untilDestination(bridge, "two dead letters", ({ deadLetters }) => deadLetters === 2);
    assert.deepEqual([record.refused, record.sent, record.waiting.events], [2, 0, 0]);
    const { json } = await bridge.call("/kiro/exports/hook/dead-letters?limit=1");
    const [newest] = json["deadLetters"] as { executionId: string; eventType: string; reason: string }[];
    assert.deepEqual([json["total"], newest?.executionId, newest?.eventType], [2, ids[1], "command-completed"]);
    assert.match(newest?.reason ?? "", /\(413\)/);
    assert.deepEqual((await bridge.call("/kiro/exports/hook/replay", POST)).json, { replayed: 2 });
    await untilDestination(bridge, "no dead letters", ({ deadLetters }) => deadLetters === 0);
    assert.deepEqual(endsAt(server), [...ids, ...ids]);
    server.reply({ status: 413 });
    await run(bridge);
    await untilDestination(bridge, "a dead letter", ({ deadLetters }) => deadLetters === 1);
    const removed = await bridge.call("/kiro/exports/hook/dead-letters", { method: "DELETE" });
    assert.deepEqual(removed.json, { removed: 1 });
    assert.equal((await exportsOf(bridge)).destinations[0]?.deadLetters, 0);
  });

  it("say in words what came back of a test, and how wrong the clock is", async () => {
    const date = new Date(Date.now() + 20 * 60_000).toUTCString();
    const server = await bridges.serve({ headers: { date }, body: "{}" }, { status: 503, headers: { date } });
    bridges.elements = [hookElement(server)];
    const bridge = await bridges.start();
    const { success, outcome, message } = await testOf(bridge);
    assert.deepEqual([success, outcome], [true, "sent"]);
    assert.match(
      message,
      /^The destination 'hook' has received the test item, but does not say whether it is stored\..* The clock of this machine is 20 minutes behind\.$/,
    );
    const failed = await testOf(bridge);
    assert.deepEqual([failed.success, failed.error?.httpStatus, failed.error?.kind], [false, 503, "passing"]);
    assert.match(failed.message, /\(503\).*20 minutes behind/);
    assert.equal((await exportsOf(bridge)).destinations[0]?.state, "idle");
  });

  it("are off, or unknown, for whoever asks for these", async () => {
    const server = await bridges.serve();
    bridges.elements = [hookElement(server, { enabled: false })];
    const bridge = await bridges.start();
    await run(bridge);
    assert.equal((await exportsOf(bridge)).destinations[0]?.state, "off");
    assert.equal((await bridge.call("/kiro/exports/hook/test", POST)).status, 409);
    assert.equal((await bridge.call("/kiro/exports/hook/replay", POST)).status, 409);
    assert.equal((await bridge.call("/kiro/exports/other/test", POST)).status, 404);
    assert.equal(server.requests.length, 0);
  });

  it("stay paused when a receiver says that it is gone", async () => {
    const server = await bridges.serve();
    server.otherwise = { status: 410 };
    bridges.elements = [hookElement(server)];
    const bridge = await bridges.start();
    await run(bridge);
    await untilDestination(bridge, "the end", ({ state }) => state === "paused");
    await run(bridge);
    assert.equal((await bridge.call("/kiro/exports/hook/replay", POST)).status, 409);
    assert.equal(server.requests.length, 1);
  });
});
