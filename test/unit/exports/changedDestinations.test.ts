import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import {
  endsAt,
  ExportingBridges,
  exportsOf,
  hookElement,
  untilDestination,
} from "../../support/exports/exportingBridge.ts";
import type { ScriptedServer } from "../../support/exports/scriptedServer.ts";
import type { TestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";

const POST = { method: "POST" } as const;

describe("A destination whose setting changes", () => {
  let store: DisposableStore;
  let bridges: ExportingBridges;
  let server: ScriptedServer;
  beforeEach(async () => {
    store = new DisposableStore();
    bridges = store.add(await ExportingBridges.create());
    server = await bridges.serve();
  });
  afterEach(() => store.dispose());

  const run = async (bridge: TestBridge): Promise<string> => {
    const { json } = await bridge.execute({ command: "test.echo", args: ["planted-argument"] });
    return String(json["executionId"]);
  };
  const apply = async (bridge: TestBridge, ...elements: object[]): Promise<void> => {
    bridges.elements = elements;
    bridge.applySettings();
    await untilDestination(bridge, "the change", () => true, "other");
  };
  const mistake = (): object => hookElement(server, { url: "no address" });
  /** Proves that a change was applied. */
  const other = (changes: object = {}): object => hookElement(server, { name: "other", events: ["none"], ...changes });
  const isWrong = async (bridge: TestBridge): Promise<void> =>
    await until(async () => (await exportsOf(bridge)).problems.length === 1, "the problem");

  it("keeps what waits while there is a mistake in it", async () => {
    server.otherwise = { status: 503 };
    bridges.elements = [hookElement(server)];
    const bridge = await bridges.start();
    const first = await run(bridge);
    await untilDestination(bridge, "the failure", ({ state }) => state === "retrying");
    await apply(bridge, mistake(), other());
    await isWrong(bridge);
    const second = await run(bridge);
    server.otherwise = { body: "{}" };
    const before = server.requests.length;
    await apply(bridge, hookElement(server), other());
    await until(() => server.requests.length - before >= 2, "what waited");
    assert.deepEqual(endsAt(server).slice(before), [first, second]);
  });

  it("keeps what waits from before the start, if there is a mistake in it at the start", async () => {
    server.otherwise = { status: 503 };
    bridges.elements = [hookElement(server)];
    const before = await bridges.start();
    const id = await run(before);
    await untilDestination(before, "the failure", ({ state }) => state === "retrying");
    await before.dispose();
    bridges.elements = [mistake(), other()];
    const bridge = await bridges.start();
    await isWrong(bridge);
    await run(bridge);
    await bridge.dispose();
    server.otherwise = { body: "{}" };
    const seen = server.requests.length;
    bridges.elements = [mistake(), other()];
    const last = await bridges.start();
    await isWrong(last);
    await apply(last, hookElement(server), other());
    await until(() => server.requests.length > seen, "what waited");
    assert.deepEqual(endsAt(server).slice(seen), [id]);
  });

  it("forgets what waits when it is removed after a mistake", async () => {
    server.otherwise = { status: 503 };
    bridges.elements = [hookElement(server)];
    const bridge = await bridges.start();
    await run(bridge);
    await untilDestination(bridge, "the failure", ({ state }) => state === "retrying");
    await apply(bridge, mistake(), other());
    await isWrong(bridge);
    await apply(bridge, other({ batch: 2 }));
    await until(async () => (await exportsOf(bridge)).problems.length === 0, "the removal");
    server.otherwise = { body: "{}" };
    await apply(bridge, hookElement(server), other());
    const { waiting } = await untilDestination(bridge, "the new one", ({ state }) => state === "idle");
    assert.equal(waiting.events, 0);
  });

  it("sends dead letters again with the content that it may have now", async () => {
    server.otherwise = { status: 413 };
    const events = ["command-started"];
    bridges.elements = [hookElement(server, { content: "all", events })];
    const bridge = await bridges.start();
    await run(bridge);
    await untilDestination(bridge, "a dead letter", ({ deadLetters }) => deadLetters === 1);
    assert.match(JSON.stringify(server.at(0).json), /planted-argument/);
    await apply(bridge, hookElement(server, { events }), other());
    server.otherwise = { body: "{}" };
    assert.deepEqual((await bridge.call("/kiro/exports/hook/replay", POST)).json, { replayed: 1 });
    await untilDestination(bridge, "no dead letters", ({ deadLetters }) => deadLetters === 0);
    const again = JSON.stringify(server.requests.slice(1).map(({ json }) => json));
    assert.match(again, /command_started/);
    assert.doesNotMatch(again, /planted-argument/);
  });

  it("keeps dead letters that it no longer wants", async () => {
    server.otherwise = { status: 413 };
    bridges.elements = [hookElement(server)];
    const bridge = await bridges.start();
    await run(bridge);
    await untilDestination(bridge, "a dead letter", ({ deadLetters }) => deadLetters === 1);
    await apply(bridge, hookElement(server, { events: ["command-started"] }), other());
    server.otherwise = { body: "{}" };
    const seen = server.requests.length;
    assert.deepEqual((await bridge.call("/kiro/exports/hook/replay", POST)).json, { replayed: 0 });
    await untilDestination(bridge, "the dead letter", ({ deadLetters }) => deadLetters === 1);
    assert.equal(server.requests.length, seen);
  });
});
