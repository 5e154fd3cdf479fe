import assert from "node:assert/strict";
import { jwtVerify } from "jose";
import * as z from "zod";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { createFirestore, firestoreSchema } from "../../../../src/exports/records/firestore.ts";
import { destinationPorts } from "../../../support/exports/destinationPorts.ts";
import { failsWith } from "../../../support/exports/failsWith.ts";
import { lifeOf } from "../../../support/exports/runFacts.ts";
import { type Script, type ScriptedRequest, ScriptedServer } from "../../../support/exports/scriptedServer.ts";
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
const name = "projects/demo-kiro/databases/(default)/documents/runs/exec-1-1-a";
const [started, asking, ended] = lifeOf("exec-1-1-a", { usage: { inputTokens: 7, cost: 0.5, currency: "USD" } });
const committed = (updateTime: string): Script => ({ body: JSON.stringify({ writeResults: [{ updateTime }] }) });
const found = (updateTime: string, sequence: number): Script => ({
  body: JSON.stringify({ name, updateTime, fields: { sequence: { integerValue: String(sequence) } } }),
});
const commitSchema = z.object({
  writes: z.tuple([
    z.object({
      update: z.object({ name: z.string(), fields: z.record(z.string(), z.unknown()) }),
      updateMask: z.object({ fieldPaths: z.array(z.string()) }),
      currentDocument: z.unknown(),
    }),
  ]),
});
const writeIn = ({ json }: ScriptedRequest) => commitSchema.parse(json).writes[0];
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

  it("are of a commit that creates the document, and then of ones that change what was created", async () => {
    const { server, destination } = await open(committed("t1"), committed("t2"), committed("t3"));
    for (const fact of [started, asking, ended])
      assert.deepEqual(await destination.send([fact], signal), { outcome: "stored" });
    const path = "/v1/projects/demo-kiro/databases/(default)/documents:commit";
    assert.deepEqual(
      server.requests.map(({ method, url }) => [method, url]),
      [
        ["POST", path],
        ["POST", path],
        ["POST", path],
      ],
    );
    const writes = [0, 1, 2].map((index) => writeIn(server.at(index)));
    assert.deepEqual(
      writes.map(({ update }) => update.name),
      [name, name, name],
    );
    const conditions = writes.map(({ currentDocument }) => currentDocument);
    assert.deepEqual(conditions, [{ exists: false }, { updateTime: "t1" }, { updateTime: "t2" }]);
    assert.ok(writes[0]?.updateMask.fieldPaths.includes("errorCode"));
    const token = /^Bearer (.*)$/.exec(server.at(0).headers["authorization"] ?? "")?.[1] ?? "";
    const { payload } = await jwtVerify(token, account.publicKey);
    assert.equal(payload["scope"], "https://www.googleapis.com/auth/datastore");
  });

  it("are of typed fields", async () => {
    const { server, destination } = await open(committed("t1"));
    await destination.send([ended], signal);
    const some = ["id", "sequence", "isOutputTruncated", "completedAt", "day", "expiresAt", "usage"];
    const fields = Object.entries(writeIn(server.at(0)).update.fields).filter(([field]) => some.includes(field));
    const usage = { inputTokens: { integerValue: "7" }, cost: { doubleValue: 0.5 }, currency: { stringValue: "USD" } };
    assert.deepEqual(Object.fromEntries(fields), {
      id: { stringValue: "exec-1-1-a" },
      sequence: { integerValue: "3" },
      isOutputTruncated: { booleanValue: false },
      completedAt: { timestampValue: "2026-11-28T01:30:00.000Z" },
      day: { stringValue: "2026-11-28" },
      expiresAt: { timestampValue: "2026-11-30T01:30:00.000Z" },
      usage: { mapValue: { fields: usage } },
    });
  });

  it("of a document that exists are compared, and a newer one is kept", async () => {
    const { server, destination } = await open(error(409, "ALREADY_EXISTS"), found("t9", 7));
    assert.deepEqual(await destination.send([ended], signal), { outcome: "stored" });
    assert.deepEqual(
      server.requests.map(({ method }) => method),
      ["POST", "GET"],
    );
  });

  it("of a document that changes in between lead to another comparison", async () => {
    const { server, destination } = await open(
      error(409, "ALREADY_EXISTS"),
      found("t4", 1),
      error(400, "FAILED_PRECONDITION"),
      error(404, "NOT_FOUND"),
      committed("t5"),
    );
    assert.deepEqual(await destination.send([ended], signal), { outcome: "stored" });
    assert.deepEqual(
      server.requests.map(({ method }) => method),
      ["POST", "GET", "POST", "GET", "POST"],
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
