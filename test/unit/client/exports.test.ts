import assert from "node:assert/strict";
import { KiroBridgeClient } from "../../../src/client/client.ts";
import { isKiroBridgeError } from "../../../src/client/errors.ts";
import { ExportingBridges, hookElement, untilDestination } from "../../support/exports/exportingBridge.ts";
import { FakeExports } from "../../support/exports/fakeExports.ts";
import { never, type ScriptedServer } from "../../support/exports/scriptedServer.ts";
import { FakePrincipals } from "../../support/fakePrincipals.ts";
import { TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";
import { startLinkedBridges } from "../../support/windows/linkedBridges.ts";

const principals = new FakePrincipals();
const viewer = principals.add("viewer", { role: "viewer" });

describe("The exports of the SDK", () => {
  let bridges: ExportingBridges;
  let receiver: ScriptedServer;
  let bridge: TestBridge;
  let client: KiroBridgeClient;
  beforeEach(async () => {
    bridges = await ExportingBridges.create();
    receiver = await bridges.serve();
    bridges.elements = [
      hookElement(receiver),
      hookElement(receiver, { name: "off", enabled: false }),
      { name: "wrong", kind: "webhook", url: "no address" },
    ];
    bridge = await bridges.start({ principals });
    client = new KiroBridgeClient(bridge.server.url, { token: TEST_TOKEN });
  });
  afterEach(async () => {
    await client.close();
    await bridges.dispose();
  });

  it("list the destinations with their health, and what is wrong with the setting", async () => {
    const { destinations, problems } = await client.exports.list();
    assert.deepEqual(
      destinations.map(({ name, kind, state, windowId }) => [name, kind, state, windowId]),
      [
        ["hook", "webhook", "idle", "window-1"],
        ["off", "webhook", "off", "window-1"],
      ],
    );
    assert.match(problems.join(), /^kiroBridge\.exports: wrong: url: /);
    await assert.rejects(client.exports.list({ windowId: "none" }), { code: "NOT_FOUND" });
  });

  it("test a destination: a failure is a result, and one that is off or unknown an error", async () => {
    const passed = await client.exports.test("hook");
    assert.deepEqual([passed.success, passed.outcome, passed.windowId], [true, "sent", "window-1"]);
    receiver.reply({ status: 401 });
    const { success, outcome, error } = await client.exports.test("hook");
    assert.deepEqual([success, outcome, error?.kind, error?.httpStatus], [false, undefined, "blocked", 401]);
    await assert.rejects(client.exports.test("off"), { code: "CONFLICT", status: 409 });
    await assert.rejects(client.exports.test("none"), { code: "NOT_FOUND", status: 404 });
  });

  it("end a test that hangs with its signal, also at the destination", async () => {
    receiver.reply({ headUntil: never });
    const controller = new AbortController();
    const reason = new Error("enough");
    const testing = client.exports.test("hook", { signal: controller.signal });
    await receiver.request(0);
    controller.abort(reason);
    await assert.rejects(testing, reason);
    await until(() => receiver.at(0).closed.aborted, "the end of the request");
  });

  it("list what was refused, send it again, and remove it", async () => {
    receiver.reply({ status: 413 });
    receiver.reply({ status: 413 });
    for (const count of [1, 2]) {
      await client.executeCommand("test.echo", ["x"]);
      await untilDestination(bridge, "a dead letter", ({ deadLetters }) => deadLetters === count);
    }
    const { deadLetters, total } = await client.exports.deadLetters("hook", { limit: 1 });
    assert.deepEqual([total, deadLetters.map(({ eventType }) => eventType)], [2, ["command-completed"]]);
    assert.deepEqual(await client.exports.replay("hook"), { replayed: 2 });
    await untilDestination(bridge, "no dead letters", (record) => record.deadLetters === 0);
    receiver.reply({ status: 413 });
    await client.executeCommand("test.echo", ["x"]);
    await untilDestination(bridge, "a dead letter", (record) => record.deadLetters === 1);
    assert.deepEqual(await client.exports.removeDeadLetters("hook"), { removed: 1 });
    assert.deepEqual(await client.exports.deadLetters("hook"), { deadLetters: [], total: 0 });
    await assert.rejects(client.exports.deadLetters("hook", { limit: 0 }), { code: "VALIDATION_FAILED" });
  });

  it("reject with the scope that a client lacks, and with the reason of a signal", async () => {
    const other = new KiroBridgeClient(bridge.server.url, { token: viewer.token });
    const calls = [
      (signal?: AbortSignal) => other.exports.list({}, { signal }),
      (signal?: AbortSignal) => other.exports.test("hook", { signal }),
      (signal?: AbortSignal) => other.exports.replay("hook", { signal }),
      (signal?: AbortSignal) => other.exports.deadLetters("hook", { signal }),
      (signal?: AbortSignal) => other.exports.removeDeadLetters("hook", { signal }),
    ];
    const reason = new Error("enough");
    for (const call of calls) {
      await assert.rejects(call(), (error: unknown) => {
        assert.ok(isKiroBridgeError(error));
        assert.deepEqual([error.code, error.context?.["scope"]], ["ACCESS_DENIED", "access:manage"]);
        return true;
      });
      await assert.rejects(call(AbortSignal.abort(reason)), reason);
    }
    await other.close();
  });
});

describe("The exports of the SDK with several windows", () => {
  const settings = () => (key: string) => (key === "exports" ? [{ name: "archive", kind: "s3" }] : undefined);
  const letter = { id: "l", at: "2026-11-20T09:00:00.000Z", reason: "Too large.", eventType: "command-completed" };

  it("are those of all windows, or of the one that a call or the client names", async () => {
    const [here, there] = [new FakeExports(), new FakeExports()];
    there.deadLetterList.push(letter, letter, letter);
    here.deadLetterList.push(letter);
    const bridges = await startLinkedBridges({
      owner: { settings, openExports: here.open },
      member: { settings, openExports: there.open, folders: ["/work/there"] },
    });
    const client = new KiroBridgeClient(bridges.owner.server.url, { token: TEST_TOKEN });
    const windowId = "member-window";
    const inMember = new KiroBridgeClient(client.baseUrl, { token: TEST_TOKEN, windowId });
    const windowsOf = async (each: KiroBridgeClient) =>
      (await each.exports.list()).destinations.map((destination) => destination.windowId);
    const own = bridges.owner.core.events.windowId;
    assert.deepEqual((await windowsOf(client)).toSorted(), [windowId, own].toSorted());
    assert.deepEqual(await windowsOf(inMember), [windowId]);
    assert.equal((await client.exports.test("archive", { windowId })).windowId, windowId);
    assert.equal((await inMember.exports.test("archive", { windowId: own })).windowId, own);
    assert.equal((await client.exports.deadLetters("archive", { workspacePath: "/work/there" })).total, 3);
    assert.deepEqual(await inMember.exports.replay("archive"), { replayed: 3 });
    assert.deepEqual(await client.exports.removeDeadLetters("archive", { windowId: own }), { removed: 1 });
    for (const each of [client, inMember]) await each.close();
    await bridges.dispose();
  });
});
