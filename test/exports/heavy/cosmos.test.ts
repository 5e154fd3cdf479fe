import assert from "node:assert/strict";
import * as z from "zod";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { cosmosSchema, createCosmos } from "../../../src/exports/records/cosmos.ts";
import { cosmosSignature } from "../../../src/exports/records/cosmosSignature.ts";
import { destinationPorts } from "../../support/exports/destinationPorts.ts";
import { docsBlock } from "../../support/exports/docsBlock.ts";
import { CosmosPeer } from "../../support/exports/heavy/cosmosPeer.ts";
import { officialSdk, peerPackages } from "../../support/exports/heavy/peerPackages.ts";
import { failedYesterday, lifeOf, runsOfTwoDays } from "../../support/exports/runFacts.ts";
import { type ScriptedRequest, ScriptedServer } from "../../support/exports/scriptedServer.ts";

const INSTALL_TIMEOUT_MS = 900_000;
const { signal } = new AbortController();
const queried = z.object({ Documents: z.array(z.object({ command: z.string(), id: z.string() })) });

interface Items {
  create(item: object): Promise<unknown>;
}
interface Item {
  read(): Promise<unknown>;
  replace(item: object): Promise<unknown>;
}
/** The parts of @azure/cosmos that are used here. */
interface CosmosSdk {
  readonly CosmosClient: new (
    options: object,
  ) => {
    database(id: string): {
      container(id: string): { readonly items: Items; item(id: string, partition: string): Item };
    };
  };
}

/** The items of the destination in @vercel/cosmosdb-server, which takes any key. */
describe("Records in Cosmos DB", () => {
  let peer: CosmosPeer;
  let store: DisposableStore;
  before(async function () {
    this.timeout(INSTALL_TIMEOUT_MS);
    await peerPackages("sdks");
    peer = await CosmosPeer.start("kiro-runs", "/id");
  });
  after(() => peer[Symbol.asyncDispose]());
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const open = (settings: object = {}) => {
    const { database, container } = peer;
    const element = {
      name: "test",
      kind: "cosmos",
      endpoint: peer.endpoint.href,
      database,
      container,
      ttlDays: 1,
      ...settings,
    };
    return store.add(
      createCosmos(cosmosSchema.parse(element), destinationPorts(store, { name: "test", secret: peer.key })),
    );
  };
  const item = async (id: string) => (await peer.items()).find((each) => each["id"] === id);

  it("writes an item of a run when it starts, and its states over it", async () => {
    const destination = open();
    for (const fact of lifeOf("exec-9-1-a", { usage: { inputTokens: 7, currency: "USD" } })) {
      assert.deepEqual(await destination.send([fact], signal), { outcome: "stored" });
      assert.equal((await item("exec-9-1-a"))?.["status"], fact.run?.status);
    }
    const end = await item("exec-9-1-a");
    assert.deepEqual(
      [end?.["sequence"], end?.["ttl"], end?.["usage"]],
      [3, 86_400, { inputTokens: 7, currency: "USD" }],
    );
  });

  it("never writes an older state over a newer one, from whichever window", async () => {
    const [started, asking, ended] = lifeOf("exec-9-2-a");
    const [first, second] = [open(), open()];
    await first.send([started], signal);
    await second.send([ended], signal);
    await first.send([asking], signal);
    await second.send([started], signal);
    assert.equal((await item("exec-9-2-a"))?.["status"], "completed");
    const [a, b, c] = lifeOf("exec-9-3-a");
    await Promise.all([open().send([c], signal), open().send([a], signal), open().send([b], signal)]);
    assert.equal((await item("exec-9-3-a"))?.["status"], "completed");
  });

  it("answers the query of the documentation: failed runs of yesterday by command", async () => {
    await open().send(runsOfTwoDays, signal);
    const headers = {
      authorization: "type%3Dmaster%26ver%3D1.0%26sig%3Dany",
      "content-type": "application/query+json",
      "x-ms-date": new Date().toUTCString(),
      "x-ms-documentdb-isquery": "True",
      "x-ms-documentdb-query-enablecrosspartition": "True",
      "x-ms-version": "2020-07-15",
    };
    const url = new URL(`/dbs/${peer.database}/colls/${peer.container}/docs`, peer.endpoint);
    const body = JSON.stringify({ query: docsBlock("cosmos-query"), parameters: [] });
    const answer = await fetch(url, { method: "POST", headers, body });
    const { Documents: found } = queried.parse(await answer.json());
    assert.deepEqual(
      found.map(({ command, id }) => [command, id]),
      failedYesterday,
    );
  });

  it("writes the marked item of a test, as often as it is asked for", async () => {
    for (const _ of [1, 2]) assert.equal((await open().test(signal)).outcome, "stored");
    assert.equal((await item("kiro-bridge-test"))?.["isTest"], true);
  });

  it("signs byte for byte as the official SDK does", async () => {
    const requests: ScriptedRequest[] = [];
    const server = store.add(await ScriptedServer.start());
    server.otherwise = (request) => {
      requests.push(request);
      return request.url === "/"
        ? { body: JSON.stringify({ writableLocations: [], readableLocations: [] }) }
        : { body: "{}" };
    };
    const { CosmosClient } = (await officialSdk("@azure/cosmos")) as CosmosSdk;
    const connectionPolicy = { enableEndpointDiscovery: false };
    const client = new CosmosClient({ endpoint: server.url, key: peer.key, connectionPolicy });
    const container = client.database("kiro").container("runs");
    // Its answers are not those of the service, which is no matter: the requests are what is compared.
    await container.items.create({ id: "exec-1" }).catch(() => undefined);
    await container
      .item("exec-1", "exec-1")
      .read()
      .catch(() => undefined);
    await container
      .item("exec-1", "exec-1")
      .replace({ id: "exec-1" })
      .catch(() => undefined);
    const ofItems = requests.filter(({ url }) => url.includes("/docs"));
    assert.deepEqual(
      ofItems.map(({ method }) => method),
      ["POST", "GET", "PUT"],
    );
    for (const { method, url, headers } of ofItems) {
      const link = url.replace(/^\//, "").replace(/\/docs\/?$/, "");
      const date = headers["x-ms-date"] ?? "";
      assert.equal(headers["authorization"], cosmosSignature({ method, type: "docs", link, date }, peer.key), method);
      assert.equal(headers["x-ms-documentdb-partitionkey"] ?? '["exec-1"]', '["exec-1"]');
    }
  });
});
