import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { createS3, s3Schema } from "../../../src/exports/archive/s3.ts";
import { runExportSchema } from "../../../src/protocol/runExport.ts";
import { contents, exportedRun, RUN_ID, RUN_KEY, runEnd } from "../../support/exports/archivedRuns.ts";
import { destinationPorts, type TestPorts } from "../../support/exports/destinationPorts.ts";
import { failsWith } from "../../support/exports/failsWith.ts";
import { documentedStores } from "../../support/exports/s3Stores.ts";
import { S3Peer } from "../../support/exports/peers/s3Peer.ts";

const { signal } = new AbortController();

/** The objects of the destination in s3rver, which checks signatures. */
describe("An archive in S3", () => {
  let peer: S3Peer;
  let store: DisposableStore;
  beforeEach(async () => {
    peer = await S3Peer.start();
    store = new DisposableStore();
  });
  afterEach(async () => {
    await store.dispose();
    await peer[Symbol.asyncDispose]();
  });

  const ports = (changes: Partial<TestPorts> & { readonly secret?: string } = {}): TestPorts =>
    destinationPorts(store, {
      name: "test",
      secret: JSON.stringify(peer.account),
      exportRun: (id) => Promise.resolve(exportedRun(id)),
      ...changes,
    });
  const open = (settings: object = {}, given = ports()) => {
    const { bucket, endpoint, account } = peer;
    const element = { name: "test", kind: "s3", bucket, region: account.region, endpoint: endpoint.href };
    return store.add(createS3(s3Schema.parse({ ...element, auth: { kind: "secret" }, ...settings }), given));
  };
  const archived = async (key = RUN_KEY) => String((await peer.read(key))?.body);

  it("gets a run as one object of its day, without content", async () => {
    assert.deepEqual(await open().send([runEnd()], signal), { outcome: "stored" });
    assert.deepEqual(await peer.keys(), [RUN_KEY]);
    const text = await archived();
    const run = runExportSchema.parse(JSON.parse(text));
    assert.equal(run.execution.id, RUN_ID);
    assert.equal(run.content, "none");
    for (const each of Object.values(contents)) assert.ok(!text.includes(each));
  });

  it("gets a run with the content that the user allows, compressed if wanted, and gives it back", async () => {
    const destination = open({ content: "all", gzip: true, prefix: "/kiro/my laptop+1 ä'(x)*!/" });
    await destination.send([runEnd()], signal);
    const key = `kiro/my laptop+1 ä'(x)*!/${RUN_KEY}`;
    const object = await peer.read(key);
    assert.equal(object?.headers.get("content-type"), "application/json");
    // What asks for it is given the text.
    assert.equal(object?.headers.get("content-encoding"), "gzip");
    assert.deepEqual(JSON.parse(String(object?.body)), exportedRun());
    assert.deepEqual(await destination.archive?.read(RUN_ID, signal), exportedRun());
    assert.equal(await destination.archive?.read("exec-1-1-a", signal), undefined);
  });

  it("gives back its days and runs", async () => {
    const destination = open({ content: "all", prefix: "kiro/my laptop+1" });
    await destination.send([runEnd()], signal);
    const { archive } = destination;
    assert.deepEqual(await archive?.days(signal), ["2026-11-28"]);
    assert.deepEqual(
      (await archive?.runs("2026-11-28", signal))?.map(({ executionId, day }) => [executionId, day]),
      [[RUN_ID, "2026-11-28"]],
    );
  });

  it("lists the days and runs of the archive alone, newest first", async () => {
    const destination = open({ prefix: "a" });
    const day = (number: number) => `exec-${Date.UTC(2026, 10, number)}-1-a`;
    for (const id of [day(1), day(3), day(2), `exec-${Date.UTC(2026, 10, 3, 4)}-2-a`])
      await destination.send([runEnd(id)], signal);
    await destination.test(signal);
    await open({ prefix: "" }).send([runEnd(day(4))], signal);
    assert.deepEqual(await destination.archive?.days(signal), ["2026-11-03", "2026-11-02", "2026-11-01"]);
    const runs = await destination.archive?.runs("2026-11-03", signal);
    assert.deepEqual(
      runs?.map(({ executionId }) => executionId),
      [`exec-${Date.UTC(2026, 10, 3, 4)}-2-a`, day(3)],
    );
  });

  it("has one object of a run that two windows send, or one sends twice", async () => {
    const [first, second] = [open(), open({}, ports({ windowId: "w2" }))];
    await Promise.all([first.send([runEnd()], signal), second.send([runEnd()], signal)]);
    await first.send([runEnd()], signal);
    assert.deepEqual(await peer.keys(), [RUN_KEY]);
  });

  for (const [name, settings] of documentedStores()) {
    it(`gets a run with the settings that the guide names for ${name}`, async () => {
      const destination = open({ ...settings, endpoint: peer.endpoint.href });
      assert.deepEqual(await destination.send([runEnd()], signal), { outcome: "stored" });
      assert.deepEqual(await peer.keys(), [RUN_KEY]);
      const wrong = ports({ secret: JSON.stringify({ ...peer.account, secretAccessKey: "wrong" }) });
      const refused = open({ ...settings, endpoint: peer.endpoint.href }, wrong).send([runEnd("exec-1-1-a")], signal);
      await failsWith("blocked", refused, /403.*secret key is not that/);
    });
  }

  it("says what is wrong with a key, and goes on when the secret is right", async () => {
    const given = ports({});
    given.setSecret(JSON.stringify({ ...peer.account, secretAccessKey: "wrong" }));
    const destination = open({}, given);
    await failsWith(
      "blocked",
      destination.send([runEnd()], signal),
      /^The bucket 'runs' .*403.*secret key is not that/,
    );
    given.setSecret(JSON.stringify({ ...peer.account, accessKeyId: "nobody" }));
    await failsWith("blocked", destination.send([runEnd()], signal), /does not know the access key/);
    given.setSecret(undefined);
    await failsWith("blocked", destination.send([runEnd()], signal), /has no keys\. Set it with/);
    given.setSecret(JSON.stringify(peer.account));
    assert.deepEqual(await destination.send([runEnd()], signal), { outcome: "stored" });
  });

  it("says that the bucket is missing", async () => {
    const sentence = /^The bucket 'absent' .*404.*Create the bucket, or check 'bucket'/;
    await failsWith("blocked", open({ bucket: "absent" }).send([runEnd()], signal), sentence);
    await failsWith("blocked", open({ bucket: "absent" }).test(signal), sentence);
  });

  it("tests itself with one marked object", async () => {
    const receipt = await open({ prefix: "kiro" }).test(signal);
    assert.equal(receipt.outcome, "stored");
    const [key = ""] = await peer.keys();
    assert.match(key, /^kiro\/test\/.*-w1\.json$/);
    assert.ok(receipt.detail?.includes(`'${key}'`));
    assert.match(await archived(key), /kiro-bridge-test/);
  });
});
