import assert from "node:assert/strict";
import { owner } from "../../../../src/core/access/principal.ts";
import { scopeNames } from "../../../../src/protocol/access.ts";
import {
  deadLetterListSchema,
  deadLettersRemovedSchema,
  destinationListSchema,
  destinationTestSchema,
  replaySchema,
} from "../../../../src/protocol/exports/destinations.ts";
import { FakeExports } from "../../../support/exports/fakeExports.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

const archive = { name: "archive", kind: "s3" };
const off = { name: "off", kind: "webhook", enabled: false };
const letter = {
  id: "window-1-e-7",
  at: "2026-11-20T09:00:00.000Z",
  reason: "Too large.",
  eventType: "command-completed",
};
const principals = new FakePrincipals();
const operator = principals.add("operator", {
  scopes: scopeNames.filter((scope) => scope !== "access:manage"),
});
const POST = { method: "POST" } as const;
const DELETE = { method: "DELETE" } as const;

describe("/kiro/exports", () => {
  let exported: FakeExports;
  let bridge: TestBridge;
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
    exported = new FakeExports();
    bridge = await startTestBridge({
      principals,
      openExports: exported.open,
      audit: { folder },
      settings: () => (key) => (key === "exports" ? [archive, off] : undefined),
    });
  });
  afterEach(async () => {
    await bridge.dispose();
    await removeFolder(folder);
  });

  it("lists the destinations with their health, and what is wrong with the setting", async () => {
    exported.problems = ["kiroBridge.exports: third: url: expected string"];
    const { destinations, problems } = destinationListSchema.parse((await bridge.call("/kiro/exports")).json);
    assert.deepEqual(
      destinations.map(({ name, kind, state, windowId }) => [name, kind, state, windowId]),
      [
        ["archive", "s3", "ok", "window-1"],
        ["off", "webhook", "off", "window-1"],
      ],
    );
    assert.deepEqual(problems, exported.problems);
    const here = await bridge.call("/kiro/exports?windowId=window-1");
    assert.deepEqual(here.json, { destinations, problems });
    assert.equal((await bridge.call("/kiro/exports?windowId=other")).status, 404);
  });

  it("tests a destination, and tells a failure as a result", async () => {
    const passed = destinationTestSchema.parse((await bridge.call("/kiro/exports/archive/test", POST)).json);
    assert.deepEqual([passed.success, passed.outcome, passed.windowId], [true, "stored", "window-1"]);
    const error = { kind: "blocked", message: "The key is wrong.", httpStatus: 403 } as const;
    exported.onTest = () =>
      Promise.resolve({ success: false, message: error.message, error, elapsedMs: 3, windowId: "window-1" });
    const failed = await bridge.call("/kiro/exports/archive/test", POST);
    assert.equal(failed.status, 200);
    assert.deepEqual(destinationTestSchema.parse(failed.json).error, error);
  });

  it("ends a test when its client leaves", async () => {
    const started = Promise.withResolvers<AbortSignal>();
    exported.onTest = (_name, signal) => {
      started.resolve(signal);
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("ended"))));
    };
    const head = `POST /kiro/exports/archive/test HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n\r\n`;
    const connection = bridge.connect().write(head);
    const signal = await started.promise;
    assert.equal(signal.aborted, false);
    connection.close();
    await until(() => signal.aborted);
  });

  it("lists dead letters, sends them again, and removes them", async () => {
    exported.deadLetterList.push(letter, { ...letter, id: "window-1-e-6" });
    const listed = await bridge.call("/kiro/exports/archive/dead-letters?limit=1");
    assert.deepEqual(deadLetterListSchema.parse(listed.json), { deadLetters: [letter], total: 2 });
    const replayed = await bridge.call("/kiro/exports/archive/replay", POST);
    assert.deepEqual(replaySchema.parse(replayed.json), { replayed: 2 });
    exported.deadLetterList.push(letter);
    const removed = await bridge.call("/kiro/exports/archive/dead-letters", DELETE);
    assert.deepEqual(deadLettersRemovedSchema.parse(removed.json), { removed: 1 });
    assert.equal((await bridge.call("/kiro/exports/archive/dead-letters?limit=0")).status, 400);
  });

  it("records who tests, sends again and removes in the audit log", async () => {
    const calls = [
      ["test", POST],
      ["replay", POST],
      ["dead-letters", DELETE],
    ] as const;
    for (const [path, call] of calls) {
      assert.equal((await bridge.call(`/kiro/exports/archive/${path}`, call)).status, 200);
      assert.equal((await bridge.call(`/kiro/exports/none/${path}`, call)).status, 404);
    }
    const { entries } = await bridge.core.audit.page({ limit: 100 });
    assert.deepEqual(
      entries.filter(({ name }) => name !== undefined).map(({ kind, name, principal }) => [kind, name, principal?.id]),
      [
        ["dead-letters-removed", "archive", "owner"],
        ["export-replayed", "archive", "owner"],
        ["export-tested", "archive", "owner"],
      ],
    );
  });

  it("says so when there is no such destination, or it is off", async () => {
    const status = async (path: string, call = {}) => (await bridge.call(`/kiro/exports/${path}`, call)).status;
    assert.deepEqual(
      [
        await status("none/test", POST),
        await status("none/replay", POST),
        await status("none/dead-letters"),
        await status("none/dead-letters", DELETE),
        await status("off/test", POST),
        await status("off/replay", POST),
      ],
      [404, 404, 404, 404, 409, 409],
    );
  });

  it("is for those who may manage access alone", async () => {
    const calls = [
      ["", {}],
      ["/archive/test", POST],
      ["/archive/replay", POST],
      ["/archive/dead-letters", {}],
      ["/archive/dead-letters", DELETE],
    ] as const;
    for (const [path, call] of calls) {
      const { status, json } = await bridge.callAs(operator, `/kiro/exports${path}`, call);
      assert.deepEqual(
        [status, Reflect.get(Object(json), "context")],
        [403, { rule: "scope", scope: "access:manage" }],
      );
    }
    assert.equal(owner.scopes.has("access:manage"), true);
  });
});
