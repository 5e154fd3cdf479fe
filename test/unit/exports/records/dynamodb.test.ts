import assert from "node:assert/strict";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { DeliveryFailure } from "../../../../src/exports/delivery/destination.ts";
import { createDynamodb, dynamodbSchema } from "../../../../src/exports/records/dynamodb.ts";
import { destinationPorts } from "../../../support/exports/destinationPorts.ts";
import { lifeOf } from "../../../support/exports/runFacts.ts";
import { ScriptedServer, type Script } from "../../../support/exports/scriptedServer.ts";

const { signal } = new AbortController();
const facts = lifeOf("exec-1-1-a");
const base = { name: "test", kind: "dynamodb", table: "runs", region: "eu-central-1" };

describe("Answers of DynamoDB", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const open = async (...script: readonly Script[]) => {
    const server = store.add(await ScriptedServer.start(...script));
    const ports = destinationPorts(store, {
      name: "test",
      secret: '{"accessKeyId":"AKIA1","secretAccessKey":"s3cr3t-of-test"}',
    });
    const settings = dynamodbSchema.parse({ ...base, endpoint: server.url, auth: { kind: "secret" } });
    return { server, destination: store.add(createDynamodb(settings, ports)) };
  };
  const answer = (status: number, type: string, message = "It says so."): Script => ({
    status,
    headers: { "content-type": "application/x-amz-json-1.0" },
    body: JSON.stringify({ __type: type, message }),
  });
  const failureOf = async (...script: readonly Script[]) => {
    const { destination } = await open(...script);
    const failure: unknown = await destination.send(facts, signal).catch((error: unknown) => error);
    assert.ok(failure instanceof DeliveryFailure, String(failure));
    return failure;
  };

  it("are of one signed request for each item, with a condition on its sequence", async () => {
    const { server, destination } = await open({ body: "{}" });
    assert.deepEqual(await destination.send(facts, signal), { outcome: "stored" });
    const { method, url, headers, json } = server.at(0);
    assert.deepEqual([method, url, server.requests.length], ["POST", "/", 1]);
    assert.equal(headers["x-amz-target"], "DynamoDB_20120810.UpdateItem");
    assert.match(
      headers["authorization"] ?? "",
      /^AWS4-HMAC-SHA256 Credential=AKIA1\/\d{8}\/eu-central-1\/dynamodb\/aws4_request/,
    );
    assert.ok(json !== null && typeof json === "object" && "ConditionExpression" in json);
    assert.match(String(json.ConditionExpression), /#sequence < :sequence/);
  });

  it("of an item that is as new are a success", async () => {
    const { destination } = await open(answer(400, "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"));
    assert.deepEqual(await destination.send(facts, signal), { outcome: "stored" });
  });

  for (const [status, type, kind] of [
    [400, "com.amazonaws.dynamodb.v20120810#ThrottlingException", "passing"],
    [400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", "passing"],
    [400, "com.amazonaws.dynamodb.v20120810#RequestLimitExceeded", "passing"],
    [400, "com.amazonaws.dynamodb.v20120810#TransactionConflictException", "passing"],
    [500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "passing"],
    [503, "com.amazon.coral.service#ServiceUnavailable", "passing"],
    [400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "blocked"],
    [400, "com.amazon.coral.service#UnrecognizedClientException", "blocked"],
    [400, "com.amazon.coral.service#AccessDeniedException", "blocked"],
    [400, "com.amazon.coral.service#InvalidSignatureException", "blocked"],
    [400, "com.amazon.coral.service#ExpiredTokenException", "blocked"],
  ] as const) {
    it(`are ${kind} for ${type.replace(/.*#/, "")}`, async () => {
      const failure = await failureOf(answer(status, type));
      assert.deepEqual([failure.kind, failure.status], [kind, status]);
      assert.match(failure.message, /^The table 'runs' .*“It says so\.”$/);
    });
  }

  it("are decided by the status if the body is of another form", async () => {
    const body =
      "<Response><Errors><Error><Code>SignatureDoesNotMatch</Code><Message>No.</Message></Error></Errors></Response>";
    const failure = await failureOf({ status: 403, headers: { "content-type": "application/xml" }, body });
    assert.equal(failure.kind, "blocked");
    assert.match(failure.message, /SignatureDoesNotMatch/);
  });

  it("name a clock that is off, which the service takes for a wrong key", async () => {
    const date = new Date(Date.now() + 20 * 60_000).toUTCString();
    const type = "com.amazon.coral.service#InvalidSignatureException";
    const body = JSON.stringify({ __type: type, message: "Signature expired" });
    const failure = await failureOf({
      status: 400,
      headers: { "content-type": "application/x-amz-json-1.0", date },
      body,
    });
    assert.match(failure.message, /20 minutes behind/);
  });

  it("refuse an item that is too large, and wait for a person where the table has another key", async () => {
    const type = "com.amazon.coral.validate#ValidationException";
    const { destination } = await open(answer(400, type, "Item size has exceeded the maximum allowed size"));
    const { refused } = await destination.send(facts, signal);
    assert.deepEqual(
      refused?.map(({ id }) => id),
      ["w1-e1-3"],
    );
    const failure = await failureOf(answer(400, type, "The provided key element does not match the schema"));
    assert.equal(failure.kind, "blocked");
    assert.match(failure.message, /'partitionKey'/);
  });

  it("never tell the secret", async () => {
    const failure = await failureOf(answer(403, "x#AccessDeniedException", "No key s3cr3t-of-test here."));
    assert.doesNotMatch(failure.message, /s3cr3t/);
  });
});

describe("The settings of DynamoDB", () => {
  const isFine = (changes: object) => dynamodbSchema.safeParse({ ...base, ...changes }).success;

  it("have defaults for all but the table and its region", () => {
    const { auth, partitionKey, content, ttlDays, endpoint } = dynamodbSchema.parse(base);
    assert.deepEqual([auth, partitionKey, content], [{ kind: "chain", useInstanceMetadata: false }, "id", "none"]);
    assert.deepEqual([ttlDays, endpoint], [undefined, undefined]);
  });

  it("refuse content, which items never have", () => {
    assert.ok(!isFine({ content: "all" }) && isFine({ content: "none" }));
  });

  it("refuse a partition key that is another field of items, and names that a table cannot have", () => {
    assert.ok(isFine({ partitionKey: "run-id" }));
    for (const partitionKey of ["sequence", "status", "expiresAt", "", "a b"]) assert.ok(!isFine({ partitionKey }));
    assert.ok(!isFine({ table: "a" }) && !isFine({ table: "a/b" }) && !isFine({ ttlDays: 0 }) && !isFine({ more: 1 }));
  });

  it("call AWS in the region", async () => {
    const called: string[] = [];
    for (const region of ["eu-central-1", "cn-north-1"]) {
      const store = new DisposableStore();
      const send = ({ url }: { url: URL }) => {
        called.push(url.href);
        return Promise.resolve({ status: 200, headers: {}, body: Buffer.from("{}"), isCut: false, skewMs: undefined });
      };
      const environment = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
      const ports = destinationPorts(store, { send, environment });
      const settings = dynamodbSchema.parse({ ...base, region, auth: { kind: "environment" } });
      await store.add(createDynamodb(settings, ports)).send(facts, signal);
      await store.dispose();
    }
    assert.deepEqual(called, [
      "https://dynamodb.eu-central-1.amazonaws.com/",
      "https://dynamodb.cn-north-1.amazonaws.com.cn/",
    ]);
  });
});
