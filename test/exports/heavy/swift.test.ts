import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { createS3, s3Schema } from "../../../src/exports/archive/s3.ts";
import { exportedRun, RUN_ID, RUN_KEY, runEnd } from "../../support/exports/archivedRuns.ts";
import { destinationPorts } from "../../support/exports/destinationPorts.ts";
import { failsWith } from "../../support/exports/failsWith.ts";
import { describePeer } from "../../support/exports/heavy/describePeer.ts";
import { findSwift } from "../../support/exports/heavy/findPrograms.ts";
import { SwiftPeer } from "../../support/exports/heavy/swiftPeer.ts";

const ODD_PREFIX = "kiro/my laptop+1 ä'(x)*!&=?#%";
const { signal } = new AbortController();

/** The objects of the destination in a store that is in production elsewhere, and checks the signature of each request. */
describePeer("An archive in OpenStack Swift, by its API for S3", await findSwift(), (packages) => {
  let peer: SwiftPeer;
  let store: DisposableStore;
  beforeEach(async () => {
    peer = await SwiftPeer.start(packages);
    store = new DisposableStore();
  });
  afterEach(async () => {
    await store.dispose();
    await peer[Symbol.asyncDispose]();
  });
  const open = (settings: object = {}, secret: object = peer.account) => {
    const { bucket, endpoint, account } = peer;
    const element = { name: "test", kind: "s3", bucket, region: account.region, endpoint: endpoint.href };
    const exportRun = (id: string) => Promise.resolve(exportedRun(id));
    const ports = destinationPorts(store, { name: "test", secret: JSON.stringify(secret), exportRun });
    return store.add(createS3(s3Schema.parse({ ...element, auth: { kind: "secret" }, ...settings }), ports));
  };

  it("gets a run once, although it knows no condition", async () => {
    const destination = open();
    assert.deepEqual(await destination.send([runEnd()], signal), { outcome: "stored" });
    const again = await destination.send([runEnd()], signal);
    assert.deepEqual(again, { outcome: "stored", detail: "The bucket 'runs' has this run already." });
    assert.deepEqual(await peer.keys(), [RUN_KEY]);
  });

  it("keeps runs below a prefix of odd characters, compressed, lists them and gives them back", async () => {
    const destination = open({ content: "all", gzip: true, prefix: ODD_PREFIX });
    await destination.send([runEnd()], signal);
    assert.deepEqual(await peer.keys(), [`${ODD_PREFIX}/${RUN_KEY}`]);
    assert.deepEqual(await destination.archive?.days(signal), ["2026-11-28"]);
    assert.equal((await destination.archive?.runs("2026-11-28", signal))?.[0]?.executionId, RUN_ID);
    assert.deepEqual(await destination.archive?.read(RUN_ID, signal), exportedRun());
    assert.equal(await destination.archive?.read("exec-1-1-a", signal), undefined);
  });

  it("refuses a wrong key, another region and a bucket that is missing, and the destination says what to do", async () => {
    const refused = (settings: object, secret: object, sentence: RegExp) =>
      failsWith("blocked", open(settings, secret).send([runEnd()], signal), sentence);
    await refused({}, { ...peer.account, secretAccessKey: "wrong" }, /403.*secret key is not that/);
    await refused({ region: "eu-west-1" }, peer.account, /Check 'region'/);
    await refused({ bucket: "absent" }, peer.account, /404.*Create the bucket/);
    assert.deepEqual(await peer.keys(), []);
  });
});
