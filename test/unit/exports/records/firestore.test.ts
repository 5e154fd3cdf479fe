import assert from "node:assert/strict";
import { jwtVerify } from "jose";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { createFirestore, firestoreSchema } from "../../../../src/exports/records/firestore.ts";
import { destinationPorts } from "../../../support/exports/destinationPorts.ts";
import { failsWith } from "../../../support/exports/failsWith.ts";
import { lifeOf } from "../../../support/exports/runFacts.ts";
import { ScriptedServer, type Script } from "../../../support/exports/scriptedServer.ts";
import { serviceAccount } from "../../../support/exports/serviceAccount.ts";

const { signal } = new AbortController();
const base = {
  name: "test",
  kind: "firestore",
  project: "demo-kiro",
  collection: "runs",
  ttlDays: 2,
  auth: { kind: "secret" },
};
const path = "/v1/projects/demo-kiro/databases/(default)/documents/runs/exec-1-1-a";
const [started, asking, ended] = lifeOf("exec-1-1-a", { usage: { inputTokens: 7, cost: 0.5, currency: "USD" } });
const changed = (time: string, sequence = 1): Script => ({
  body: JSON.stringify({ name: "n", updateTime: time, fields: { sequence: { integerValue: String(sequence) } } }),
});
const error = (status: number, name: string): Script => ({
  status,
  body: JSON.stringify({ error: { code: status, message: "It says so.", status: name } }),
});

describe("Answers of Firestore", () => {
  const account = serviceAccount();
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const open = async (...script: readonly Script[]) => {
    const server = store.add(await ScriptedServer.start(...script));
    const ports = destinationPorts(store, { name: "test", secret: account.secret });
    const settings = firestoreSchema.parse({ ...base, endpoint: server.url });
    return { server, destination: store.add(createFirestore(settings, ports)) };
  };
  const urlOf = (server: ScriptedServer, index: number) => new URL(server.at(index).url, server.url);

  it("are of a request that creates the document, and then of ones that change what was created", async () => {
    const { server, destination } = await open(changed("t1"), changed("t2", 2), changed("t3", 3));
    for (const fact of [started, asking, ended])
      assert.deepEqual(await destination.send([fact], signal), { outcome: "stored" });
    const urls = [0, 1, 2].map((index) => urlOf(server, index));
    assert.deepEqual(
      urls.map(({ pathname }) => pathname),
      [path, path, path],
    );
    assert.deepEqual(
      urls.map(({ searchParams }) => searchParams.get("currentDocument.exists")),
      ["false", null, null],
    );
    assert.deepEqual(
      urls.map(({ searchParams }) => searchParams.get("currentDocument.updateTime")),
      [null, "t1", "t2"],
    );
    assert.ok(urls[0]?.searchParams.getAll("updateMask.fieldPaths").includes("errorCode"));
    const token = /^Bearer (.*)$/.exec(server.at(0).headers["authorization"] ?? "")?.[1] ?? "";
    const { payload } = await jwtVerify(token, account.publicKey);
    assert.equal(payload["scope"], "https://www.googleapis.com/auth/datastore");
  });

  it("are of typed fields", async () => {
    const { server, destination } = await open(changed("t1"));
    await destination.send([ended], signal);
    const { json } = server.at(0);
    assert.ok(json !== null && typeof json === "object" && "fields" in json);
    const { fields } = json;
    assert.ok(fields !== null && typeof fields === "object");
    const some = ["id", "sequence", "isOutputTruncated", "completedAt", "day", "expiresAt", "usage"];
    assert.deepEqual(Object.fromEntries(Object.entries(fields).filter(([name]) => some.includes(name))), {
      id: { stringValue: "exec-1-1-a" },
      sequence: { integerValue: "3" },
      isOutputTruncated: { booleanValue: false },
      completedAt: { timestampValue: "2026-11-28T01:30:00.000Z" },
      day: { stringValue: "2026-11-28" },
      expiresAt: { timestampValue: "2026-11-30T01:30:00.000Z" },
      usage: {
        mapValue: {
          fields: { inputTokens: { integerValue: "7" }, cost: { doubleValue: 0.5 }, currency: { stringValue: "USD" } },
        },
      },
    });
  });

  it("of a document that exists are compared, and a newer one is kept", async () => {
    const { server, destination } = await open(error(409, "ALREADY_EXISTS"), changed("t9", 7));
    assert.deepEqual(await destination.send([ended], signal), { outcome: "stored" });
    assert.deepEqual(
      server.requests.map(({ method }) => method),
      ["PATCH", "GET"],
    );
  });

  it("of a document that changes in between lead to another comparison", async () => {
    const { server, destination } = await open(
      error(409, "ALREADY_EXISTS"),
      changed("t4", 1),
      error(400, "FAILED_PRECONDITION"),
      error(404, "NOT_FOUND"),
      changed("t5", 3),
    );
    assert.deepEqual(await destination.send([ended], signal), { outcome: "stored" });
    assert.deepEqual(
      server.requests.map(({ method }) => method),
      ["PATCH", "GET", "PATCH", "GET", "PATCH"],
    );
  });

  for (const [status, name, kind] of [
    [429, "RESOURCE_EXHAUSTED", "passing"],
    [409, "ABORTED", "passing"],
    [503, "UNAVAILABLE", "passing"],
    [504, "DEADLINE_EXCEEDED", "passing"],
    [401, "UNAUTHENTICATED", "blocked"],
    [403, "PERMISSION_DENIED", "blocked"],
    [404, "NOT_FOUND", "blocked"],
    [400, "FAILED_PRECONDITION", "blocked"],
  ] as const) {
    it(`are ${kind} for ${name}`, async () => {
      const { server, destination } = await open();
      server.otherwise = error(status, name);
      await failsWith(kind, destination.send([started], signal), /^The collection 'runs' .*“It says so\.”$/);
    });
  }

  it("refuse a document", async () => {
    const { destination } = await open(error(400, "INVALID_ARGUMENT"));
    assert.deepEqual(
      (await destination.send([ended], signal)).refused?.map(({ id }) => id),
      ["w1-e1-3"],
    );
  });

  it("cannot come from another collection, project or database than that of the settings", () => {
    for (const changes of [
      { collection: "a/b" },
      { collection: "__a__" },
      { project: "../x" },
      { database: "(other)" },
    ]) {
      assert.ok(!firestoreSchema.safeParse({ ...base, ...changes }).success, JSON.stringify(changes));
    }
    assert.ok(firestoreSchema.safeParse({ ...base, project: "example.com:kiro", database: "kiro-runs" }).success);
  });
});
