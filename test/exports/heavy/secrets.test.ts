import { describePeer } from "../../support/exports/heavy/describePeer.ts";
import { AzuritePeer } from "../../support/exports/heavy/azuritePeer.ts";
import { CosmosPeer } from "../../support/exports/heavy/cosmosPeer.ts";
import { findFirestore, findMoto } from "../../support/exports/heavy/findPrograms.ts";
import { FirestorePeer } from "../../support/exports/heavy/firestorePeer.ts";
import { LambdaPeer } from "../../support/exports/heavy/lambdaPeer.ts";
import { MotoPeer } from "../../support/exports/heavy/motoPeer.ts";
import { peerPackages } from "../../support/exports/heavy/peerPackages.ts";
import { StoragePeer } from "../../support/exports/heavy/storagePeer.ts";
import { TokenPeer } from "../../support/exports/peers/tokenPeer.ts";
import { PlantedBridge } from "../../support/exports/planted/plantedBridge.ts";
import type { PlantedSecret } from "../../support/exports/planted/plantedRuns.ts";
import { serviceAccount } from "../../support/exports/serviceAccount.ts";

const INSTALL_TIMEOUT_MS = 900_000;
const auth = { kind: "secret" };

function keyOf(what: string, key: string): PlantedSecret {
  return { name: what, secret: key, core: key };
}

/** Runs with secrets in each field, and the content that a destination may get, against the servers of others. */
describe("A secret in a run, at the servers of clouds", () => {
  let planted: PlantedBridge;
  before(async function () {
    this.timeout(INSTALL_TIMEOUT_MS);
    for (const set of ["azurite", "cosmos", "firebase", "lambda", "sdks"] as const) await peerPackages(set);
  });
  beforeEach(async () => void (planted = await PlantedBridge.create()));
  afterEach(() => planted[Symbol.asyncDispose]());

  it("does not arrive in Blob Storage in any form", async () => {
    const peer = planted.use(await AzuritePeer.start());
    const stored = async () => {
      const names = await peer.names();
      return { names, blobs: await Promise.all(names.map(async (name) => (await peer.read(name)).toString("latin1"))) };
    };
    for (const [name, settings] of [
      ["plain", {}],
      ["gzip", { gzip: true, prefix: "gz" }],
    ] as const) {
      const endpoint = await planted.peers.watch(name, peer.endpoint, { stored });
      const { account, container } = peer;
      planted.bridges.setSecret(name, peer.key);
      planted.bridges.elements.push({
        name,
        kind: "azure-blob",
        content: "all",
        account,
        container,
        endpoint,
        ...settings,
      });
    }
    await planted.assertKeeps([keyOf("the key of the account", peer.key)]);
  });

  it("does not arrive in Cloud Storage in any form", async () => {
    const peer = planted.use(await StoragePeer.start());
    const tokens = planted.use(await TokenPeer.start());
    const endpoint = await planted.peers.watch("archive", peer.endpoint);
    const account = serviceAccount();
    planted.bridges.setSecret("archive", account.secret);
    const signed = { ...auth, tokenUrl: tokens.googleUrl.href };
    planted.bridges.elements = [
      { name: "archive", kind: "gcs", content: "all", bucket: "runs", endpoint, auth: signed },
    ];
    const { private_key: key } = JSON.parse(account.secret) as { readonly private_key: string };
    const core = key.split("\n")[5] ?? "";
    await planted.assertKeeps([{ name: "the key of the service account", secret: key, core }]);
  });

  it("does not arrive in Cosmos DB in any form", async () => {
    const peer = planted.use(await CosmosPeer.start("kiro-runs", "/id"));
    const { database, container } = peer;
    const watched = { stored: () => peer.items(), hasContent: false };
    const endpoint = await planted.peers.watch("records", peer.endpoint, watched);
    planted.bridges.setSecret("records", peer.key);
    planted.bridges.elements = [{ name: "records", kind: "cosmos", endpoint, database, container }];
    await planted.assertKeeps([keyOf("the key of the account", peer.key)]);
  });

  it("does not arrive at a function of Lambda in any form", async () => {
    const peer = planted.use(await LambdaPeer.start());
    const account = { accessKeyId: "AKIAPEER", secretAccessKey: "lambdaSecret4Rf7Uj2Mn" };
    for (const invocation of ["async", "sync"]) {
      const endpoint = await planted.peers.watch(invocation, peer.endpoint, { stored: () => peer.events() });
      const called = { function: peer.hook, region: "us-east-1", endpoint, invocation, events: ["*"], auth };
      planted.bridges.setSecret(invocation, JSON.stringify(account));
      planted.bridges.elements.push({ name: invocation, kind: "lambda", content: "all", ...called });
    }
    await planted.assertKeeps([keyOf("the secret key", account.secretAccessKey)]);
  });
});

describePeer("A secret in a run, at Firestore", await findFirestore(), (jar) => {
  it("does not arrive in any form", async () => {
    await using planted = await PlantedBridge.create();
    const peer = planted.use(await FirestorePeer.start(jar));
    const tokens = planted.use(await TokenPeer.start());
    const watched = { stored: () => peer.documents("kiro-runs"), hasContent: false };
    const endpoint = await planted.peers.watch("records", peer.endpoint, watched);
    planted.bridges.setSecret("records", serviceAccount().secret);
    const signed = { ...auth, tokenUrl: tokens.googleUrl.href };
    const place = { project: peer.project, collection: "kiro-runs", endpoint, auth: signed };
    planted.bridges.elements = [{ name: "records", kind: "firestore", ...place }];
    await planted.assertKeeps([]);
  });
});

describePeer("A secret in a run, at AWS as moto has it", await findMoto(), (program) => {
  it("does not arrive in any form", async () => {
    await using planted = await PlantedBridge.create();
    const peer = planted.use(await MotoPeer.start(program));
    await peer.createFunction();
    const { region, secretAccessKey } = peer.account;
    const { bucket, table } = peer;
    const watch = planted.peers.watch.bind(planted.peers);
    const all = { content: "all", region, auth };
    const endpoints = {
      objects: await watch("objects", peer.endpoint),
      items: await watch("items", peer.endpoint, { stored: () => peer.items(), hasContent: false }),
      calls: await watch("calls", peer.endpoint),
    };
    planted.bridges.elements = [
      { name: "objects", kind: "s3", ...all, bucket, endpoint: endpoints.objects },
      { name: "items", kind: "dynamodb", region, auth, table, endpoint: endpoints.items },
      { name: "calls", kind: "lambda", ...all, events: ["*"], function: peer.function, endpoint: endpoints.calls },
    ];
    for (const name of Object.keys(endpoints)) planted.bridges.setSecret(name, JSON.stringify(peer.account));
    await planted.assertKeeps([keyOf("the secret key", secretAccessKey)]);
  });
});
