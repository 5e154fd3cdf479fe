import assert from "node:assert/strict";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { cosmosSchema, createCosmos } from "../../../../src/exports/records/cosmos.ts";
import { cosmosSignature } from "../../../../src/exports/records/cosmosSignature.ts";
import { destinationPorts } from "../../../support/exports/destinationPorts.ts";
import { failsWith } from "../../../support/exports/failsWith.ts";
import { lifeOf } from "../../../support/exports/runFacts.ts";
import { ScriptedServer, type Script, type ScriptedRequest } from "../../../support/exports/scriptedServer.ts";

const { signal } = new AbortController();
const key = Buffer.alloc(64, 9).toString("base64");
const base = { name: "test", kind: "cosmos", database: "kiro", container: "runs", ttlDays: 2 };
const [started, asking, ended] = lifeOf("exec-1-1-a");
const etag = (value: string, status = 200): Script => ({ status, headers: { etag: value }, body: "" });

describe("Answers of Cosmos DB", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const open = async (settings: object, ...script: readonly Script[]) => {
    const server = store.add(await ScriptedServer.start(...script));
    const ports = destinationPorts(store, { name: "test", secret: key });
    const element = cosmosSchema.parse({ ...base, endpoint: `${server.url}/`, ...settings });
    return { server, ports, destination: store.add(createCosmos(element, ports)) };
  };
  const fails = async (script: Script, kind: "passing" | "refused" | "blocked", sentence: RegExp) => {
    const { destination } = await open({}, script);
    await failsWith(kind, destination.send([started], signal), sentence);
  };
  const isSigned = ({ method, headers }: ScriptedRequest, link: string): void => {
    const date = headers["x-ms-date"] ?? "";
    assert.equal(headers["authorization"], cosmosSignature({ method, type: "docs", link, date }, key));
  };

  it("are of a signed request that creates the item, and then of ones that replace what was created", async () => {
    const { server, destination } = await open({}, etag('"1"', 201), etag('"2"'), etag('"3"'));
    for (const fact of [started, asking, ended])
      assert.deepEqual(await destination.send([fact], signal), { outcome: "stored" });
    const [first, second, third] = [server.at(0), server.at(1), server.at(2)];
    assert.deepEqual([first.method, first.url], ["POST", "/dbs/kiro/colls/runs/docs"]);
    isSigned(first, "dbs/kiro/colls/runs");
    assert.deepEqual([second.method, second.url], ["PUT", "/dbs/kiro/colls/runs/docs/exec-1-1-a"]);
    isSigned(second, "dbs/kiro/colls/runs/docs/exec-1-1-a");
    assert.deepEqual(
      [first, second, third].map(({ headers }) => headers["if-match"]),
      [undefined, '"1"', '"2"'],
    );
    assert.equal(first.headers["x-ms-documentdb-is-upsert"], undefined);
    assert.equal(first.headers["x-ms-documentdb-partitionkey"], '["exec-1-1-a"]');
    const { json } = third;
    assert.ok(json !== null && typeof json === "object" && "id" in json && "sequence" in json && "ttl" in json);
    assert.deepEqual([json.id, json.sequence, json.ttl], ["exec-1-1-a", 3, 2 * 86_400]);
  });

  it("of an item that exists are compared, and a newer one is kept", async () => {
    const newer: Script = { headers: { etag: '"9"' }, body: '{"id":"exec-1-1-a","sequence":7}' };
    const { server, destination } = await open({}, { status: 409, body: "" }, newer);
    assert.deepEqual(await destination.send([ended], signal), { outcome: "stored" });
    assert.deepEqual(
      server.requests.map(({ method }) => method),
      ["POST", "GET"],
    );
    isSigned(server.at(1), "dbs/kiro/colls/runs/docs/exec-1-1-a");
  });

  it("of an item that changes in between lead to another comparison", async () => {
    const older: Script = { headers: { etag: '"4"' }, body: '{"sequence":1}' };
    const { server, destination } = await open(
      {},
      { status: 409, body: "" },
      older,
      { status: 412, body: "" },
      { status: 404, headers: { "x-ms-substatus": "0" }, body: "" },
      etag('"5"', 201),
    );
    assert.deepEqual(await destination.send([ended], signal), { outcome: "stored" });
    assert.deepEqual(
      server.requests.map(({ method }) => method),
      ["POST", "GET", "PUT", "GET", "POST"],
    );
  });

  it("name the partition of the window, in ASCII", async () => {
    const { server, destination } = await open({ partitionKey: "windowId" }, etag('"1"', 201));
    await destination.send(lifeOf("exec-1", { windowId: "w-ä😀" }).slice(2), signal);
    assert.equal(server.at(0).headers["x-ms-documentdb-partitionkey"], '["w-\\u00e4\\ud83d\\ude00"]');
  });

  it("with 429 tell how long to wait", async () => {
    const { destination } = await open(
      {},
      { status: 429, headers: { "x-ms-retry-after-ms": "1234" }, body: '{"code":"429","message":"Too many."}' },
    );
    const failure: unknown = await destination.send([started], signal).catch((error: unknown) => error);
    assert.ok(failure instanceof Error && "retryAfterMs" in failure && "kind" in failure);
    assert.deepEqual([failure.kind, failure.retryAfterMs], ["passing", 1234]);
  });

  it("pass for a while with 449, 408, 410 and 503", async () => {
    for (const status of [449, 408, 410, 503]) await fails({ status, body: "" }, "passing", /^The container 'runs'/);
  });

  it("need a person if the key is wrong, and are fine with another one at once", async () => {
    const body = '{"code":"Unauthorized","message":"The MAC signature does not match."}';
    const { ports, destination } = await open({}, { status: 401, body }, etag('"1"', 201));
    await failsWith("blocked", destination.send([started], signal), /rejects the credentials.*MAC signature/);
    ports.setSecret(Buffer.alloc(64, 1).toString("base64"));
    assert.deepEqual(await destination.send([started], signal), { outcome: "stored" });
  });

  it("come no more after the key was removed, until there is another one", async () => {
    const { server, ports, destination } = await open({}, etag('"1"', 201), etag('"2"'));
    await destination.send([started], signal);
    ports.setSecret(undefined);
    await failsWith(
      "blocked",
      destination.send([asking], signal),
      /^The destination 'test' has no account key\. Set it/,
    );
    assert.equal(server.requests.length, 1);
    ports.setSecret(key);
    assert.deepEqual(await destination.send([asking], signal), { outcome: "stored" });
  });

  it("need a person if the clock is off by 20 minutes, if the container is missing, or has another partition key", async () => {
    const date = new Date(Date.now() - 20 * 60_000).toUTCString();
    await fails({ status: 401, headers: { date }, body: "" }, "blocked", /20 minutes ahead/);
    const missing: Script = {
      status: 404,
      headers: { "x-ms-substatus": "1003" },
      body: '{"code":"NotFound","message":"Owner resource does not exist"}',
    };
    await fails(missing, "blocked", /Create the database 'kiro' and in it 'runs'/);
    const other: Script = {
      status: 400,
      headers: { "x-ms-substatus": "1001" },
      body: '{"code":"BadRequest","message":"PartitionKey extracted from document doesn\'t match the one specified in the header"}',
    };
    await fails(other, "blocked", /partition key of the container must be '\/id'/);
  });

  it("refuse an item", async () => {
    const { destination } = await open({}, { status: 413, body: "" });
    assert.deepEqual(
      (await destination.send([ended], signal)).refused?.map(({ id }) => id),
      ["w1-e1-3"],
    );
  });

  it("are not asked for with a key that is none, which no message shows", async () => {
    const { server, ports, destination } = await open({});
    ports.setSecret("AccountEndpoint=https://x;AccountKey=abc;");
    await failsWith(
      "blocked",
      destination.send([started], signal),
      /^The secret of the destination 'test' is not a key of an account of Cosmos DB/,
    );
    assert.equal(server.requests.length, 0);
  });

  it("take a token of Microsoft Entra in its own form", async () => {
    const tokens = store.add(await ScriptedServer.start({ body: '{"access_token":"to.ke-n","expires_in":3600}' }));
    const auth = { kind: "entra", tenantId: "t", clientId: "c", authority: tokens.url };
    const { server, destination } = await open({ auth }, etag('"1"', 201));
    await destination.send([started], signal);
    assert.equal(server.at(0).headers["authorization"], "type%3Daad%26ver%3D1.0%26sig%3Dto.ke-n");
    assert.equal(new URLSearchParams(tokens.at(0).body.toString()).get("scope"), "https://cosmos.azure.com/.default");
  });
});
