import assert from "node:assert/strict";
import * as z from "zod";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { createFirestore, firestoreSchema } from "../../../src/exports/records/firestore.ts";
import { destinationPorts } from "../../support/exports/destinationPorts.ts";
import { docsBlock } from "../../support/exports/docsBlock.ts";
import { FACT_TIME } from "../../support/exports/facts.ts";
import { describePeer } from "../../support/exports/heavy/describePeer.ts";
import { findFirestore } from "../../support/exports/heavy/findPrograms.ts";
import { FirestorePeer } from "../../support/exports/heavy/firestorePeer.ts";
import { failedYesterday, lifeOf, runsOfTwoDays } from "../../support/exports/runFacts.ts";
import { serviceAccount } from "../../support/exports/serviceAccount.ts";

const COLLECTION = "kiro-runs";
const { signal } = new AbortController();
const documentSchema = z.object({ name: z.string(), fields: z.record(z.string(), z.unknown()) });
const found = z.array(z.object({ document: documentSchema.optional() }));

/** The documents of the destination in Google's emulator. */
describePeer("Records in Firestore", await findFirestore(), (jar) => {
  const { secret } = serviceAccount();
  let peer: FirestorePeer;
  let store: DisposableStore;
  before(async () => void (peer = await FirestorePeer.start(jar)));
  after(() => peer[Symbol.asyncDispose]());
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const open = () => {
    const { href: endpoint } = peer.endpoint;
    const element = {
      name: "test",
      kind: "firestore",
      project: peer.project,
      collection: COLLECTION,
      endpoint,
      ttlDays: 1,
    };
    const settings = firestoreSchema.parse({ ...element, auth: { kind: "secret" } });
    return store.add(createFirestore(settings, destinationPorts(store, { name: "test", secret })));
  };
  const base = () => new URL(`/v1/projects/${peer.project}/databases/(default)/documents/`, peer.endpoint);
  const headers = { authorization: "Bearer owner", "content-type": "application/json" };
  const fieldsOf = async (id: string) => {
    const documents = z.array(documentSchema).parse(await peer.documents(COLLECTION));
    return documents.find(({ name }) => name.endsWith(`/${id}`))?.fields;
  };

  it("writes a document of a run when it starts, and its states over it", async () => {
    const destination = open();
    for (const fact of lifeOf("exec-9-1-a", { usage: { inputTokens: 7, cost: 0.5 } })) {
      assert.deepEqual(await destination.send([fact], signal), { outcome: "stored" });
      assert.deepEqual((await fieldsOf("exec-9-1-a"))?.["status"], { stringValue: fact.run?.status });
    }
    const end = await fieldsOf("exec-9-1-a");
    assert.deepEqual(end?.["sequence"], { integerValue: "3" });
    assert.deepEqual(end["expiresAt"], {
      timestampValue: new Date(FACT_TIME + 86_400_000).toISOString().replace(".000Z", "Z"),
    });
    assert.deepEqual(end["usage"], {
      mapValue: { fields: { inputTokens: { integerValue: "7" }, cost: { doubleValue: 0.5 } } },
    });
  });

  it("never writes an older state over a newer one, from whichever window, and keeps fields of others", async () => {
    const [started, asking, ended] = lifeOf("exec-9-2-a");
    const [first, second] = [open(), open()];
    await first.send([started], signal);
    const url = new URL(`${COLLECTION}/exec-9-2-a?updateMask.fieldPaths=reviewed`, base());
    const body = JSON.stringify({ fields: { reviewed: { booleanValue: true } } });
    assert.equal((await fetch(url, { method: "PATCH", headers, body })).status, 200);
    await second.send([ended], signal);
    await first.send([asking], signal);
    await second.send([started], signal);
    const fields = await fieldsOf("exec-9-2-a");
    assert.deepEqual(
      [fields?.["status"], fields?.["reviewed"]],
      [{ stringValue: "completed" }, { booleanValue: true }],
    );
    const [a, b, c] = lifeOf("exec-9-3-a");
    await Promise.all([open().send([c], signal), open().send([a], signal), open().send([b], signal)]);
    assert.deepEqual((await fieldsOf("exec-9-3-a"))?.["status"], { stringValue: "completed" });
  });

  it("creates a document again that was removed in the meantime", async () => {
    const [started, , ended] = lifeOf("exec-9-4-a");
    const destination = open();
    await destination.send([started], signal);
    assert.equal((await fetch(new URL(`${COLLECTION}/exec-9-4-a`, base()), { method: "DELETE", headers })).status, 200);
    await destination.send([ended], signal);
    assert.deepEqual((await fieldsOf("exec-9-4-a"))?.["status"], { stringValue: "completed" });
  });

  it("answers the query of the documentation: failed runs of yesterday by command", async () => {
    await open().send(runsOfTwoDays, signal);
    const url = new URL(`${base().href.slice(0, -1)}:runQuery`);
    const answer = await fetch(url, { method: "POST", headers, body: docsBlock("firestore-query") });
    const documents = found.parse(await answer.json()).flatMap(({ document }) => document ?? []);
    const texts = documents.map(({ fields }) => [fields["command"], fields["id"]]);
    assert.deepEqual(
      texts,
      failedYesterday.map((row) => row.map((stringValue) => ({ stringValue }))),
    );
  });

  it("writes the marked document of a test, as often as it is asked for", async () => {
    for (const _ of [1, 2]) assert.equal((await open().test(signal)).outcome, "stored");
    assert.deepEqual((await fieldsOf("kiro-bridge-test"))?.["isTest"], { booleanValue: true });
  });
});
