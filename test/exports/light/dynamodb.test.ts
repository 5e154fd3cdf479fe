import assert from "node:assert/strict";
import * as z from "zod";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { DeliveryFailure } from "../../../src/exports/delivery/destination.ts";
import { createDynamodb, dynamodbSchema } from "../../../src/exports/records/dynamodb.ts";
import { destinationPorts } from "../../support/exports/destinationPorts.ts";
import { docsBlock } from "../../support/exports/docsBlock.ts";
import { FACT_TIME } from "../../support/exports/facts.ts";
import { DynamoPeer } from "../../support/exports/peers/dynamoPeer.ts";
import { failedYesterday, lifeOf, runsOfTwoDays } from "../../support/exports/runFacts.ts";

const TABLE = "kiro-runs";
const { signal } = new AbortController();
const scanned = z.object({ Items: z.array(z.record(z.string(), z.record(z.string(), z.unknown()))) });

/** The items of the destination in dynalite, which is strict about requests and conditions. */
describe("Records in DynamoDB", () => {
  let peer: DynamoPeer;
  let store: DisposableStore;
  before(async () => {
    peer = await DynamoPeer.start();
    await peer.call("CreateTable", z.looseObject({}).parse(JSON.parse(docsBlock("dynamodb-table"))));
  });
  after(() => peer[Symbol.asyncDispose]());
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const open = (settings: object = {}) => {
    const secret = JSON.stringify(peer.account);
    const ports = destinationPorts(store, { name: "test", secret });
    const { href: endpoint } = peer.endpoint;
    const { region } = peer.account;
    const element = {
      name: "test",
      kind: "dynamodb",
      table: TABLE,
      region,
      endpoint,
      auth: { kind: "secret" },
      ...settings,
    };
    return store.add(createDynamodb(dynamodbSchema.parse(element), ports));
  };
  const items = async (table = TABLE) => scanned.parse(await peer.call("Scan", { TableName: table })).Items;
  const item = async (id: string) => (await items()).find((each) => each["id"]?.["S"] === id);

  it("writes an item of a run when it starts, and its states over it", async () => {
    const destination = open({ ttlDays: 1 });
    for (const fact of lifeOf("exec-9-1-a", { usage: { inputTokens: 7, cost: 0.25, currency: "USD" } })) {
      assert.ok(destination.wants(fact.event.type));
      assert.deepEqual(await destination.send([fact], signal), { outcome: "stored" });
      assert.equal((await item("exec-9-1-a"))?.["status"]?.["S"], fact.run?.status);
    }
    const end = await item("exec-9-1-a");
    assert.deepEqual(end?.["sequence"], { N: "3" });
    assert.deepEqual(end["usage"], { M: { inputTokens: { N: "7" }, cost: { N: "0.25" }, currency: { S: "USD" } } });
    assert.deepEqual(end["expiresAt"], { N: String(FACT_TIME / 1000 + 86_400) });
    assert.deepEqual(end["isOutputTruncated"], { BOOL: false });
    assert.equal(end["errorCode"], undefined);
  });

  it("never writes an older state over a newer one", async () => {
    const [started, asking, ended] = lifeOf("exec-9-2-a");
    const destination = open();
    for (const fact of [asking, ended, started, asking, ended]) {
      assert.deepEqual(await destination.send([fact], signal), { outcome: "stored" });
    }
    assert.equal((await item("exec-9-2-a"))?.["status"]?.["S"], "completed");
  });

  it("writes only the newest state of each run that is sent together, and keeps attributes of others", async () => {
    const [started, ...rest] = lifeOf("exec-9-3-a");
    const destination = open();
    await destination.send([started], signal);
    await peer.call("UpdateItem", {
      TableName: TABLE,
      Key: { id: { S: "exec-9-3-a" } },
      UpdateExpression: "SET reviewed = :yes",
      ExpressionAttributeValues: { ":yes": { BOOL: true } },
    });
    await destination.send([...rest, ...lifeOf("exec-9-4-a")], signal);
    const [third, fourth] = [await item("exec-9-3-a"), await item("exec-9-4-a")];
    assert.deepEqual([third?.["status"], third?.["reviewed"]], [{ S: "completed" }, { BOOL: true }]);
    assert.deepEqual(fourth?.["status"], { S: "completed" });
  });

  it("answers the query of the documentation: failed runs of yesterday by command", async () => {
    await open().send(runsOfTwoDays, signal);
    const query = z.looseObject({}).parse(JSON.parse(docsBlock("dynamodb-query")));
    const found = scanned.parse(await peer.call("Query", query)).Items;
    assert.deepEqual(
      found.map(({ command, id }) => [command?.["S"], id?.["S"]]),
      failedYesterday,
    );
  });

  it("writes the marked item of a test, and says where it is", async () => {
    const receipt = await open().test(signal);
    assert.deepEqual(receipt, { outcome: "stored", detail: "The table 'kiro-runs' has the item 'kiro-bridge-test'." });
    assert.deepEqual((await item("kiro-bridge-test"))?.["isTest"], { BOOL: true });
    await open().test(signal);
  });

  it("uses another partition key", async () => {
    await peer.call("CreateTable", {
      TableName: "other",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "run-id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "run-id", KeyType: "HASH" }],
    });
    const destination = open({ table: "other", partitionKey: "run-id" });
    for (const fact of lifeOf("exec-9-5-a")) await destination.send([fact], signal);
    const [only, ...others] = await items("other");
    assert.deepEqual(
      [only?.["run-id"], only?.["id"], only?.["status"]],
      [{ S: "exec-9-5-a" }, { S: "exec-9-5-a" }, { S: "completed" }],
    );
    assert.deepEqual(others, []);
  });

  const failures = [
    ["the table is missing", { table: "nowhere" }, /^The table 'nowhere' .*Create the table/],
    ["the table has another key", { table: "other" }, /'partitionKey'/],
  ] as const;
  for (const [what, settings, expected] of failures) {
    it(`waits for a person if ${what}, and says what to do`, async () => {
      const failing = open(settings).send(lifeOf("exec-9-6-a"), signal);
      await assert.rejects(failing, (error) => {
        assert.ok(error instanceof DeliveryFailure);
        assert.equal(error.kind, "blocked", error.message);
        assert.match(error.message, expected);
        return true;
      });
    });
  }
});
