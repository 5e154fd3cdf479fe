import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import { Webhook } from "standardwebhooks";
import { callAws } from "../../support/exports/peers/awsCall.ts";
import { DynamoPeer } from "../../support/exports/peers/dynamoPeer.ts";
import { FunctionPeer } from "../../support/exports/peers/functionPeer.ts";
import { OtlpPeer } from "../../support/exports/peers/otlpPeer.ts";
import { S3Peer } from "../../support/exports/peers/s3Peer.ts";
import { TokenPeer } from "../../support/exports/peers/tokenPeer.ts";
import { WebhookPeer } from "../../support/exports/peers/webhookPeer.ts";

/** What the tests of destinations believe of their peers. */
describe("The light peers of exports", () => {
  it("store an object of a signed request, and refuse one with a wrong key, in S3", async () => {
    await using peer = await S3Peer.start();
    const url = new URL("/runs/2026-11-28/a.json", peer.endpoint);
    const put = (secretAccessKey: string): Promise<Response> =>
      callAws({ method: "PUT", url, service: "s3", body: '{"a":1}' }, { ...peer.account, secretAccessKey });
    assert.equal((await put("wrong")).status, 403);
    assert.deepEqual(await peer.keys(), []);
    assert.equal((await put(peer.account.secretAccessKey)).status, 200);
    assert.deepEqual(await peer.keys(), ["2026-11-28/a.json"]);
    assert.equal(String((await peer.read("2026-11-28/a.json"))?.body), '{"a":1}');
    assert.equal(await peer.read("2026-11-28/b.json"), undefined);
  });

  it("keep an item, and refuse an older one by a condition, in DynamoDB", async () => {
    await using peer = await DynamoPeer.start();
    const put = (sequence: number): Promise<unknown> =>
      peer.call("PutItem", {
        TableName: peer.table,
        Item: { id: { S: "run-1" }, sequence: { N: String(sequence) } },
        ConditionExpression: "attribute_not_exists(id) OR #s < :s",
        ExpressionAttributeNames: { "#s": "sequence" },
        ExpressionAttributeValues: { ":s": { N: String(sequence) } },
      });
    await put(2);
    await assert.rejects(put(1), /ConditionalCheckFailed/);
    assert.deepEqual(await peer.items(), [{ id: { S: "run-1" }, sequence: { N: "2" } }]);
  });

  it("refuse a request without a signature, in DynamoDB", async () => {
    await using peer = await DynamoPeer.start();
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.ListTables" };
    const answer = await fetch(peer.endpoint, { method: "POST", headers, body: "{}" });
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /MissingAuthenticationToken/);
  });

  it("decode a log record, in a collector", async () => {
    await using peer = await OtlpPeer.start();
    const logRecords = [{ timeUnixNano: "1", body: { stringValue: "hello" } }];
    const answer = await fetch(new URL("v1/logs", peer.endpoint), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer key" },
      body: JSON.stringify({ resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords }] }] }),
    });
    assert.equal(answer.status, 200);
    assert.match(JSON.stringify(await peer.received("logs")), /"stringValue":"hello"/);
    assert.deepEqual(
      peer.calls.map(({ path, headers }) => [path, headers["authorization"]]),
      [["/v1/logs", "Bearer key"]],
    );
  });

  it("verify signatures by the library, in a receiver of webhooks", async () => {
    const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
    await using peer = await WebhookPeer.start({ secret });
    const send = async (signature: string): Promise<number> => {
      const headers = { "webhook-id": "a", "webhook-timestamp": seconds, "webhook-signature": signature };
      return (await fetch(peer.url, { method: "POST", headers, body: "{}" })).status;
    };
    const now = new Date();
    const seconds = String(Math.floor(now.getTime() / 1_000));
    assert.equal(await send(new Webhook(secret).sign("a", now, "{}")), 204);
    assert.equal(await send(new Webhook(secret).sign("a", now, "[]")), 401);
    assert.deepEqual(
      peer.calls.map(({ distrust }) => distrust === undefined),
      [true, false],
    );
  });

  it("give an event to a function, in the runtime of Cloud Functions, and only with an ID token of its audience", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    await using tokens = await TokenPeer.start({ serviceAccountKey: publicKey });
    const events: unknown[] = [];
    const audience = "https://function.example";
    await using peer = await FunctionPeer.startForEvents((event) => void events.push(event.id), {
      keys: tokens.keys,
      audience,
    });
    const tokenFor = async (target: string): Promise<string> => {
      const assertion = await new SignJWT({ target_audience: target })
        .setProtectedHeader({ alg: "RS256" })
        .sign(privateKey);
      const answer = await fetch(tokens.googleUrl, { method: "POST", body: new URLSearchParams({ assertion }) });
      return (JSON.parse(await answer.text()) as { id_token: string }).id_token;
    };
    const send = async (id: string, token: string): Promise<number> => {
      const headers = {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "ce-id": id,
        "ce-source": "/windows/a",
        "ce-type": "test",
        "ce-specversion": "1.0",
      };
      return (await fetch(peer.url, { method: "POST", headers, body: "{}" })).status;
    };
    assert.equal(await send("one", await tokenFor(audience)), 204);
    assert.equal(await send("two", await tokenFor("https://other.example")), 401);
    assert.deepEqual(events, ["one"]);
  });

  it("refuse a wrong client secret, and an assertion with another key, at a token endpoint", async () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    await using peer = await TokenPeer.start({ clientSecret: "right", serviceAccountKey: publicKey });
    const ask = async (secret: string): Promise<number> => {
      const body = new URLSearchParams({ grant_type: "client_credentials", client_id: "a", client_secret: secret });
      return (await fetch(peer.url, { method: "POST", body })).status;
    };
    assert.deepEqual([await ask("right"), await ask("wrong")], [200, 401]);
    const other = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
    const assertion = await new SignJWT({}).setProtectedHeader({ alg: "RS256" }).sign(other);
    const answer = await fetch(peer.googleUrl, { method: "POST", body: new URLSearchParams({ assertion }) });
    assert.equal(answer.status, 400);
  });
});
