import assert from "node:assert/strict";
import { scopeNames } from "../../../../src/protocol/access.ts";
import { FakeExports } from "../../../support/exports/fakeExports.ts";
import { type FakePrincipal, FakePrincipals } from "../../../support/fakePrincipals.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";
import { startLinkedBridges } from "../../../support/windows/linkedBridges.ts";

const OTHER_TOKEN = `another-${TEST_TOKEN}`;
const settings = () => (key: string) => (key === "exports" ? [{ name: "archive", kind: "s3" }] : undefined);
const letter = { id: "l", at: "2026-11-20T09:00:00.000Z", reason: "Too large.", eventType: "command-completed" };
const POST = { method: "POST" } as const;
const DELETE = { method: "DELETE" } as const;
const routes = {
  "GET /kiro/exports": ["/kiro/exports", {}],
  "POST …/test": ["/kiro/exports/archive/test", POST],
  "POST …/replay": ["/kiro/exports/archive/replay", POST],
  "GET …/dead-letters": ["/kiro/exports/archive/dead-letters", {}],
  "DELETE …/dead-letters": ["/kiro/exports/archive/dead-letters", DELETE],
} as const;

/** Tests that go on until their signal aborts. */
class EndlessTests {
  readonly started = Promise.withResolvers<AbortSignal>();

  readonly run: FakeExports["onTest"] = (_name, signal) => {
    this.started.resolve(signal);
    return new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
    );
  };
}

describe("The access to exports", () => {
  let principals: FakePrincipals;
  let manager: FakePrincipal;
  let exported: FakeExports;
  let tests: EndlessTests;
  let bridge: TestBridge;
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
    principals = new FakePrincipals();
    manager = principals.add("manager", { scopes: scopeNames });
    exported = new FakeExports();
    exported.deadLetterList.push(letter);
    tests = new EndlessTests();
    bridge = await startTestBridge({ principals, settings, openExports: exported.open, audit: { folder } });
  });
  afterEach(async () => {
    await bridge.dispose();
    await removeFolder(folder);
  });

  for (const [name, [path, call]] of Object.entries(routes)) {
    it(`by ${name} ends with the token and with the access of a principal`, async () => {
      assert.equal((await bridge.call(path, call)).status, 200);
      assert.equal((await bridge.callAs(manager, path, call)).status, 200);
      exported.deadLetterList.push(letter);
      const before = exported.deadLetterList.length;
      exported.onTest = () => assert.fail("It was tested.");
      bridge.server.rotateToken(OTHER_TOKEN);
      principals.end(manager);
      const statuses = [await bridge.call(path, call), await bridge.callAs(manager, path, call)].map((it) => it.status);
      assert.deepEqual([statuses, exported.deadLetterList.length], [[401, 401], before]);
    });
  }

  /** What ends a test that hangs, and the response to it. */
  const ends = {
    "the token is replaced": [401, () => bridge.server.rotateToken(OTHER_TOKEN)],
    "the access of its principal ends": [401, () => principals.end(manager)],
    "the bridge stops": [503, () => void bridge.server.dispose()],
  } as const;
  for (const [name, [expected, end]] of Object.entries(ends)) {
    it(`ends a test when ${name}`, async () => {
      exported.onTest = tests.run;
      const isManager = name.includes("principal");
      const [path, call] = routes["POST …/test"];
      const answering = isManager ? bridge.callAs(manager, path, call) : bridge.call(path, call);
      const signal = await tests.started.promise;
      assert.equal(signal.aborted, false);
      end();
      assert.deepEqual([(await answering).status, signal.aborted], [expected, true]);
      assert.equal(bridge.core.clients.size, 0);
    });
  }

  it("ends a test after a minute", async () => {
    const clock = TestClock.stopped();
    try {
      exported.onTest = tests.run;
      const answering = bridge.call(...routes["POST …/test"]);
      const signal = await tests.started.promise;
      clock.pass(59_999);
      assert.equal(signal.aborted, false);
      clock.pass(1);
      const { status, json } = await answering;
      assert.deepEqual([status, json["code"], signal.aborted], [408, "OPERATION_TIMEOUT", true]);
    } finally {
      clock.release();
    }
  });

  it("ends before the answer with dead letters that were read meanwhile", async () => {
    const begun = Promise.withResolvers<void>();
    const going = Promise.withResolvers<void>();
    const read = exported.deadLetters.bind(exported);
    exported.deadLetters = async (of, limit) => {
      begun.resolve();
      await going.promise;
      return await read(of, limit);
    };
    const answering = bridge.callAs(manager, ...routes["GET …/dead-letters"]);
    await begun.promise;
    principals.end(manager);
    going.resolve();
    const { status, text } = await answering;
    assert.equal(status, 401);
    assert.doesNotMatch(text, /Too large/);
  });

  for (const name of ["POST …/replay", "DELETE …/dead-letters"] as const) {
    it(`is in the audit log of ${name} that was done, also if it has ended meanwhile`, async () => {
      const [path, call] = routes[name];
      const begun = Promise.withResolvers<void>();
      const going = Promise.withResolvers<void>();
      const remove = exported.removeDeadLetters.bind(exported);
      exported.removeDeadLetters = async (of) => {
        begun.resolve();
        await going.promise;
        return await remove(of);
      };
      const answering = bridge.callAs(manager, path, call);
      await begun.promise;
      principals.end(manager);
      going.resolve();
      assert.equal((await answering).status, 401);
      assert.equal(exported.deadLetterList.length, 0);
      const { entries } = await bridge.core.audit.page({ limit: 100 });
      const kind = name === "POST …/replay" ? "export-replayed" : "dead-letters-removed";
      const noted = entries.filter((entry) => entry.kind === kind);
      assert.deepEqual(
        noted.map((entry) => [entry.name, entry.principal?.id]),
        [["archive", "manager"]],
      );
    });
  }
});

describe("The test of a destination in another window", () => {
  const PATH = "/kiro/exports/archive/test?windowId=member-window";
  const ways: Readonly<Record<string, (owner: TestBridge, leave: () => void) => void>> = {
    "the client leaves": (_owner, leave) => leave(),
    "the token is replaced": ({ server }) => server.rotateToken(OTHER_TOKEN),
  };

  for (const [name, end] of Object.entries(ways)) {
    it(`ends when ${name}`, async () => {
      const [exported, tests] = [new FakeExports(), new EndlessTests()];
      exported.onTest = tests.run;
      const bridges = await startLinkedBridges({ owner: {}, member: { settings, openExports: exported.open } });
      const { owner } = bridges;
      const head = `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${owner.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n\r\n`;
      const connection = owner.connect().write(head);
      const signal = await tests.started.promise;
      end(owner, () => connection.close());
      await until(() => signal.aborted, "the end of the test");
      // Not because its time has passed.
      assert.equal((signal.reason as Error).name, "AbortError");
      assert.equal(owner.core.clients.size, 0);
      await bridges.dispose();
    });
  }
});
