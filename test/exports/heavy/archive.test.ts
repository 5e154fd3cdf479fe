import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { azureBlobSchema, createAzureBlob } from "../../../src/exports/archive/azureBlob.ts";
import { createGcs, gcsSchema } from "../../../src/exports/archive/gcs.ts";
import { createS3, s3Schema } from "../../../src/exports/archive/s3.ts";
import { contents, exportedRun, RUN_ID, RUN_KEY, runEnd } from "../../support/exports/archivedRuns.ts";
import { destinationPorts, type TestPorts } from "../../support/exports/destinationPorts.ts";
import { failsWith } from "../../support/exports/failsWith.ts";
import { AzuritePeer } from "../../support/exports/heavy/azuritePeer.ts";
import { describePeer } from "../../support/exports/heavy/describePeer.ts";
import { findMoto } from "../../support/exports/heavy/findPrograms.ts";
import { MotoPeer } from "../../support/exports/heavy/motoPeer.ts";
import { peerPackages } from "../../support/exports/heavy/peerPackages.ts";
import { documentedStores } from "../../support/exports/s3Stores.ts";
import { StoragePeer } from "../../support/exports/heavy/storagePeer.ts";

const INSTALL_TIMEOUT_MS = 900_000;
const { signal } = new AbortController();
const ODD_PREFIX = "kiro/my laptop+1 ä'(x)*!&=?#%";

function portsOf(store: DisposableStore, secret: string, changes: Partial<TestPorts> = {}): TestPorts {
  const exportRun = (id: string) => Promise.resolve(exportedRun(id));
  return destinationPorts(store, { name: "test", secret, exportRun, ...changes });
}

describe("An archive in Azure Blob Storage", () => {
  let peer: AzuritePeer;
  let store: DisposableStore;
  before(async function () {
    this.timeout(INSTALL_TIMEOUT_MS);
    for (const set of ["azurite", "sdks"] as const) await peerPackages(set);
  });
  beforeEach(async () => {
    store = new DisposableStore();
    peer = await AzuritePeer.start();
  });
  afterEach(async () => {
    await store.dispose();
    await peer[Symbol.asyncDispose]();
  });
  const open = (secret: string, settings: object = {}, changes: Partial<TestPorts> = {}) => {
    const { account, container, endpoint } = peer;
    const element = { name: "test", kind: "azure-blob", account, container, endpoint: endpoint.href, ...settings };
    return store.add(createAzureBlob(azureBlobSchema.parse(element), portsOf(store, secret, changes)));
  };

  it("gets a run once, however often and by whom it is sent", async () => {
    const [first, second] = [open(peer.key), open(peer.key, {}, { windowId: "w2" })];
    await Promise.all([first.send([runEnd()], signal), second.send([runEnd()], signal)]);
    const again = await first.send([runEnd()], signal);
    assert.deepEqual(again, { outcome: "stored", detail: "The container 'runs' has this run already." });
    assert.deepEqual(await peer.names(), [RUN_KEY]);
    const text = String(await peer.read(RUN_KEY));
    for (const each of Object.values(contents)) assert.ok(!text.includes(each));
  });

  it("keeps a run below a prefix of odd characters, compressed, and gives it back", async () => {
    const destination = open(peer.key, { content: "all", gzip: true, prefix: ODD_PREFIX });
    await destination.send([runEnd()], signal);
    assert.deepEqual(await peer.names(), [`${ODD_PREFIX}/${RUN_KEY}`]);
    const { contentType, contentEncoding } = await peer.properties(`${ODD_PREFIX}/${RUN_KEY}`);
    assert.deepEqual([contentType, contentEncoding], ["application/json", "gzip"]);
    assert.deepEqual(JSON.parse(String(gunzipSync(await peer.read(`${ODD_PREFIX}/${RUN_KEY}`)))), exportedRun());
    assert.deepEqual(await destination.archive?.days(signal), ["2026-11-28"]);
    assert.equal((await destination.archive?.runs("2026-11-28", signal))?.[0]?.executionId, RUN_ID);
    assert.deepEqual(await destination.archive?.read(RUN_ID, signal), exportedRun());
    assert.equal(await destination.archive?.read("exec-1-1-a", signal), undefined);
  });

  it("takes a shared access signature that may create, and says what another one may not", async () => {
    const sas = await peer.sas("cw");
    const destination = open(sas, { auth: { kind: "sas" } });
    await destination.send([runEnd()], signal);
    assert.deepEqual(await peer.names(), [RUN_KEY]);
    assert.match((await destination.test(signal)).detail ?? "", /^The container 'runs' has stored the object 'test\//);
    const read = destination.archive?.read(RUN_ID, signal) ?? Promise.resolve();
    await failsWith("blocked", read, /403.*lacks a permission\. The role 'Storage Blob Data Contributor'/);
    const changed = sas.replace(/sig=[^&]*/, "sig=AAAA");
    const refused = open(changed, { auth: { kind: "sas" } }).send([runEnd("exec-1-1-a")], signal);
    await failsWith("blocked", refused, /403.*Check the key or the signature/);
  });

  it("says what is wrong with a key and a container", async () => {
    const wrong = Buffer.from("another key of an account").toString("base64");
    await failsWith("blocked", open(wrong).send([runEnd()], signal), /403.*Check the key/);
    const absent = open(peer.key, { container: "absent" }).send([runEnd()], signal);
    await failsWith("blocked", absent, /404.*Create the container/);
  });
});

describe("An archive in Google Cloud Storage", () => {
  let peer: StoragePeer;
  let store: DisposableStore;
  before(async function () {
    this.timeout(INSTALL_TIMEOUT_MS);
    await peerPackages("firebase");
    peer = await StoragePeer.start();
  });
  after(() => peer[Symbol.asyncDispose]());
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());
  const user = JSON.stringify({ type: "authorized_user", client_id: "1", client_secret: "2", refresh_token: "3" });
  const open = (settings: object = {}) => {
    const ports = portsOf(store, user);
    const element = { name: "test", kind: "gcs", bucket: "runs", endpoint: peer.endpoint.href };
    // The emulator takes any token.
    const token = JSON.stringify({ access_token: "owner", expires_in: 3600 });
    const send: TestPorts["send"] = async (request, limit) =>
      request.url.hostname === "oauth2.googleapis.com"
        ? { status: 200, headers: {}, body: Buffer.from(token), isCut: false, skewMs: undefined }
        : await ports.send(request, limit);
    const given = { ...ports, send };
    return store.add(createGcs(gcsSchema.parse({ ...element, auth: { kind: "secret" }, ...settings }), given));
  };

  it("gets a run, and gives it back", async () => {
    const destination = open({ content: "all" });
    assert.deepEqual(await destination.send([runEnd()], signal), { outcome: "stored" });
    assert.deepEqual(JSON.parse(String(await peer.read("runs", RUN_KEY))), exportedRun());
    assert.deepEqual(await destination.archive?.days(signal), ["2026-11-28"]);
    assert.equal((await destination.archive?.runs("2026-11-28", signal))?.[0]?.executionId, RUN_ID);
    assert.deepEqual(await destination.archive?.read(RUN_ID, signal), exportedRun());
    assert.equal(await destination.archive?.read("exec-1-1-a", signal), undefined);
  });

  it("keeps a run below a prefix of odd characters, compressed", async () => {
    const destination = open({ content: "all", gzip: true, prefix: ODD_PREFIX });
    await destination.send([runEnd()], signal);
    assert.deepEqual(await destination.archive?.days(signal), ["2026-11-28"]);
    assert.deepEqual(await destination.archive?.read(RUN_ID, signal), exportedRun());
  });
});

describePeer("An archive in S3 (moto)", await findMoto(), (program) => {
  for (const [name, documented] of [["AWS", {}] as const, ...documentedStores()]) {
    it(`gets a run once, and refuses a wrong key, with the settings for ${name}`, async () => {
      await using peer = await MotoPeer.start(program);
      const store = new DisposableStore();
      try {
        const { bucket, endpoint, account } = peer;
        const common = { name: "test", kind: "s3", bucket, region: account.region, auth: { kind: "secret" } };
        const settings = s3Schema.parse({ ...common, ...documented, endpoint: endpoint.href });
        const open = (secret: object) => store.add(createS3(settings, portsOf(store, JSON.stringify(secret))));
        assert.deepEqual(await open(account).send([runEnd()], signal), { outcome: "stored" });
        const again = await open(account).send([runEnd()], signal);
        assert.deepEqual(again, { outcome: "stored", detail: "The bucket 'runs' has this run already." });
        assert.match(String(await peer.read(RUN_KEY)), new RegExp(RUN_ID));
        const wrong = open({ ...account, secretAccessKey: "wrong" }).send([runEnd("exec-1-1-a")], signal);
        await failsWith("blocked", wrong, /403.*secret key is not that/);
      } finally {
        await store.dispose();
      }
    });
  }
});
