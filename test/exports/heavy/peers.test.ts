import assert from "node:assert/strict";
import { callAws } from "../../support/exports/peers/awsCall.ts";
import { AzuritePeer } from "../../support/exports/heavy/azuritePeer.ts";
import { CosmosPeer } from "../../support/exports/heavy/cosmosPeer.ts";
import { describePeer } from "../../support/exports/heavy/describePeer.ts";
import { findDebian, findFirestore, findMoto } from "../../support/exports/heavy/findPrograms.ts";
import { FirestorePeer } from "../../support/exports/heavy/firestorePeer.ts";
import { LambdaPeer } from "../../support/exports/heavy/lambdaPeer.ts";
import { MotoPeer } from "../../support/exports/heavy/motoPeer.ts";
import { peerPackages } from "../../support/exports/heavy/peerPackages.ts";
import { StoragePeer } from "../../support/exports/heavy/storagePeer.ts";
import { VictoriaPeer } from "../../support/exports/heavy/victoriaPeer.ts";

const INSTALL_TIMEOUT_MS = 900_000;

/** What the tests of destinations believe of their peers. */
describe("The heavy peers of exports", () => {
  before(async function () {
    this.timeout(INSTALL_TIMEOUT_MS);
    for (const set of ["azurite", "cosmos", "firebase", "lambda", "sdks"] as const) await peerPackages(set);
  });

  it("take a blob by SAS that may create, and refuse a changed SAS and a second write, in Azurite", async () => {
    await using peer = await AzuritePeer.start();
    const put = async (sas: string, name: string): Promise<number> => {
      const headers = { "x-ms-blob-type": "BlockBlob", "x-ms-version": "2021-12-02", "if-none-match": "*" };
      const url = `${peer.endpoint.href}/${peer.container}/${name}?${sas}`;
      return (await fetch(url, { method: "PUT", headers, body: "{}" })).status;
    };
    const sas = await peer.sas("cw");
    assert.equal(await put(sas, "a.json"), 201);
    assert.equal(await put(sas, "a.json"), 409);
    assert.equal(await put(sas.replace(/sig=../, "sig=AA"), "b.json"), 403);
    assert.deepEqual(await peer.names(), ["a.json"]);
    assert.equal(String(await peer.read("a.json")), "{}");
  });

  it("keep an object in the emulator of Cloud Storage", async () => {
    await using peer = await StoragePeer.start();
    const url = new URL("/upload/storage/v1/b/runs/o?uploadType=media&name=2026%2Fa.json", peer.endpoint);
    const headers = { authorization: "Bearer owner", "content-type": "application/json" };
    assert.equal((await fetch(url, { method: "POST", headers, body: '{"a":1}' })).status, 200);
    assert.equal(String(await peer.read("runs", "2026/a.json")), '{"a":1}');
    assert.equal(await peer.read("runs", "2026/b.json"), undefined);
  });

  it("keep an item in the server of Cosmos DB", async () => {
    await using peer = await CosmosPeer.start();
    const url = new URL(`/dbs/${peer.database}/colls/${peer.container}/docs`, peer.endpoint);
    const headers = {
      authorization: "type%3Dmaster%26ver%3D1.0%26sig%3Dany",
      "x-ms-date": new Date().toUTCString(),
      "x-ms-version": "2020-07-15",
      "x-ms-documentdb-is-upsert": "True",
      "x-ms-documentdb-partitionkey": '["w1"]',
    };
    const body = JSON.stringify({ id: "run-1", windowId: "w1" });
    assert.equal((await fetch(url, { method: "POST", headers, body })).status, 201);
    assert.deepEqual(
      (await peer.items()).map(({ id }) => id),
      ["run-1"],
    );
  });

  it("run a function by the Invoke API of serverless-offline", async () => {
    await using peer = await LambdaPeer.start();
    const invoke = (name: string, type: string): Promise<Response> =>
      fetch(new URL(`/2015-03-31/functions/${name}/invocations`, peer.endpoint), {
        method: "POST",
        headers: { "x-amz-invocation-type": type },
        body: '{"a":1}',
      });
    assert.equal((await invoke(peer.hook, "Event")).status, 202);
    assert.deepEqual(await peer.received(1), [{ a: 1 }]);
    const failed = await invoke(peer.failing, "RequestResponse");
    assert.equal(failed.headers.get("x-amz-function-error"), "Unhandled");
  });
});

describePeer("moto, a peer of exports", await findMoto(), (program) => {
  it("checks signatures, and refuses to overwrite", async () => {
    await using peer = await MotoPeer.start(program);
    const url = new URL(`/${peer.bucket}/a.json`, peer.endpoint);
    const put = async (secretAccessKey: string): Promise<number> => {
      const call = { method: "PUT", url, service: "s3", headers: { "if-none-match": "*" }, body: "{}" };
      return (await callAws(call, { ...peer.account, secretAccessKey })).status;
    };
    assert.equal(await put("wrong"), 403);
    assert.equal(await put(peer.account.secretAccessKey), 200);
    assert.equal(await put(peer.account.secretAccessKey), 412);
    assert.equal(String(await peer.read("a.json")), "{}");
    assert.match(await peer.items(), /"Count": ?0/);
  });
});

describePeer("The emulator of Firestore, a peer of exports", await findFirestore(), (jar) => {
  it("keeps a document, and refuses to create it twice", async () => {
    await using peer = await FirestorePeer.start(jar);
    const path = `/v1/projects/${peer.project}/databases/(default)/documents/executions/run-1`;
    const put = async (): Promise<number> => {
      const url = new URL(`${path}?currentDocument.exists=false`, peer.endpoint);
      const headers = { authorization: "Bearer owner", "content-type": "application/json" };
      const body = JSON.stringify({ fields: { status: { stringValue: "running" } } });
      return (await fetch(url, { method: "PATCH", headers, body })).status;
    };
    assert.deepEqual([await put(), await put()], [200, 409]);
    assert.equal((await peer.documents("executions")).length, 1);
  });
});

describePeer(
  "VictoriaMetrics, a peer of exports",
  await findDebian("victoria-metrics", "victoria-metrics"),
  (program) => {
    it("takes OTLP as protobuf only", async () => {
      await using peer = await VictoriaPeer.start(program);
      const send = async (type: string, body: string): Promise<number> =>
        (await fetch(peer.metricsUrl, { method: "POST", headers: { "content-type": type }, body })).status;
      assert.equal(await send("application/json", "{}"), 400);
      assert.equal(await send("application/x-protobuf", ""), 200);
    });
  },
);
