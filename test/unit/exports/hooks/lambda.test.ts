import assert from "node:assert/strict";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { DeliveryFailure } from "../../../../src/exports/delivery/destination.ts";
import { cloudEventOf } from "../../../../src/exports/hooks/cloudEvent.ts";
import { createLambda, lambdaSchema } from "../../../../src/exports/hooks/lambda.ts";
import { destinationPorts } from "../../../support/exports/destinationPorts.ts";
import { endFactOf } from "../../../support/exports/facts.ts";
import { ScriptedServer, type Script } from "../../../support/exports/scriptedServer.ts";

const { signal } = new AbortController();
const base = { name: "test", kind: "lambda", region: "eu-central-1", auth: { kind: "secret" } };
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("Lambda", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const open = async (element: object, ...script: readonly Script[]) => {
    const server = store.add(await ScriptedServer.start(...script));
    const secret = '{"accessKeyId":"AKIA1","secretAccessKey":"s3cr3t-of-test"}';
    const ports = destinationPorts(store, { name: "test", secret });
    const address = "url" in element ? { url: `${server.url}/` } : { endpoint: server.url };
    const destination = store.add(createLambda(lambdaSchema.parse({ ...base, ...element, ...address }), ports));
    return { server, destination };
  };
  const failureOf = async (element: object, ...script: readonly Script[]) => {
    const { destination } = await open(element, ...script);
    const failure: unknown = await destination.send([endFactOf("exec-1")], signal).catch((error: unknown) => error);
    assert.ok(failure instanceof DeliveryFailure, String(failure));
    return failure;
  };

  it("is called later with a CloudEvent, by a signed request, and does not tell more than that", async () => {
    const { server, destination } = await open({ function: "kiro-hook", qualifier: "live" }, { status: 202, body: "" });
    const fact = endFactOf("exec-1", 7, { traceparent });
    const { outcome, detail } = await destination.send([fact], signal);
    assert.equal(outcome, "sent");
    assert.match(detail ?? "", /queued/);
    const { method, url, headers, json } = server.at(0);
    assert.deepEqual([method, url], ["POST", "/2015-03-31/functions/kiro-hook/invocations?Qualifier=live"]);
    assert.equal(headers["x-amz-invocation-type"], "Event");
    assert.match(headers["authorization"] ?? "", /Credential=AKIA1\/\d{8}\/eu-central-1\/lambda\/aws4_request/);
    assert.deepEqual(json, written(cloudEventOf(fact)));
  });

  it("may be named by its ARN", async () => {
    const arn = "arn:aws:lambda:eu-central-1:123456789012:function:kiro-hook";
    const { server, destination } = await open({ function: arn }, { status: 202, body: "" });
    await destination.send([endFactOf("exec-1")], signal);
    assert.equal(server.at(0).url, `/2015-03-31/functions/${encodeURIComponent(arn)}/invocations`);
  });

  it("gets a list of events, and one by one those of a list that it refuses", async () => {
    const element = { function: "kiro-hook", batch: 10, invocation: "sync" };
    const tooLarge: Script = { status: 413, body: '{"message":"Request must be smaller"}' };
    const { server, destination } = await open(element, { body: "null" }, tooLarge, { body: "null" }, tooLarge);
    const facts = [endFactOf("exec-1", 1), endFactOf("exec-2", 2)];
    assert.equal((await destination.send(facts, signal)).refused, undefined);
    assert.deepEqual(server.at(0).json, written(facts.map(cloudEventOf)));
    const { refused } = await destination.send(facts, signal);
    assert.deepEqual(
      refused?.map(({ id }) => id),
      ["w1-e1-2"],
    );
    assert.deepEqual(server.at(2).json, written(facts.slice(0, 1).map(cloudEventOf)));
    assert.equal(server.requests.length, 4);
  });

  it("is called again if its code throws, which an answer with 200 tells", async () => {
    const failure = await failureOf(
      { function: "kiro-hook", invocation: "sync" },
      {
        headers: { "x-amz-function-error": "Unhandled" },
        body: '{"errorMessage":"no s3cr3t-of-test","errorType":"Error"}',
      },
    );
    assert.equal(failure.kind, "passing");
    assert.equal(failure.message, "The function 'kiro-hook' has failed. It says: “no (hidden)”");
  });

  for (const [status, kind] of [
    [429, "passing"],
    [409, "passing"],
    [500, "passing"],
    [404, "blocked"],
    [403, "blocked"],
    [413, "refused"],
    [400, "refused"],
  ] as const) {
    it(`is ${kind} for ${status}`, async () => {
      const failure = await failureOf(
        { function: "kiro-hook" },
        { status, body: '{"Type":"User","Message":"It says so."}' },
      );
      assert.deepEqual([failure.kind, failure.status], [kind, status]);
      assert.match(failure.message, /“It says so\.”$/);
    });
  }

  it("is called at its URL, signed, with the attributes of the event in headers", async () => {
    const { server, destination } = await open({ url: "", mode: "binary" }, { status: 200, body: "ok" });
    const fact = endFactOf("exec-1");
    assert.equal((await destination.send([fact], signal)).outcome, "sent");
    const { url, headers, json } = server.at(0);
    assert.deepEqual([url, headers["ce-id"], headers["content-type"]], ["/", fact.id, "application/json"]);
    assert.match(headers["authorization"] ?? "", /\/lambda\/aws4_request, SignedHeaders=[^,]*ce-id/);
    assert.deepEqual(json, written({ event: fact.event, run: fact.run }));
  });

  it("is called at a URL for anybody without a signature", async () => {
    const { server, destination } = await open({ url: "", auth: { kind: "none" } }, { status: 204, body: "" });
    await destination.send([endFactOf("exec-1")], signal);
    assert.equal(server.at(0).headers["authorization"], undefined);
    assert.match(server.at(0).headers["content-type"] ?? "", /^application\/cloudevents\+json/);
  });

  it("is paused by 410 at its URL", async () => {
    assert.equal((await failureOf({ url: "" }, { status: 410, body: "" })).kind, "gone");
  });

  it("gets a marked event for a test", async () => {
    const { server, destination } = await open({ function: "kiro-hook" }, { status: 202, body: "" });
    assert.equal((await destination.test(signal)).outcome, "sent");
    const { json } = server.at(0);
    assert.ok(json !== null && typeof json === "object" && "data" in json);
    assert.deepEqual(json.data, { isTest: true });
  });

  it("wants the ends and questions of executions, unless other events are named", async () => {
    const { destination } = await open({ function: "kiro-hook" });
    const { destination: other } = await open({ function: "kiro-hook", events: ["command-started"] });
    assert.deepEqual([destination.wants("command-completed"), other.wants("command-completed")], [true, false]);
  });

  it("repeats calls as hooks do", async () => {
    const { destination } = await open({ function: "kiro-hook" });
    assert.equal(destination.retryDelaysMs?.length, 9);
  });
});

describe("The settings of Lambda", () => {
  const isFine = (changes: object) => lambdaSchema.safeParse({ ...base, ...changes }).success;

  for (const [what, changes] of [
    ["neither a function nor a URL", {}],
    ["both a function and a URL", { function: "a", url: "https://example.com" }],
    ["the API without a signature", { function: "a", auth: { kind: "none" } }],
    ["headers for the API", { function: "a", mode: "binary" }],
    ["several events in headers", { url: "https://example.com", mode: "binary", batch: 2 }],
    ["a path as name", { function: "../a" }],
    ["a key in the address", { url: "https://example.com/?code=1" }],
  ] as const) {
    it(`refuse ${what}`, () => assert.ok(!isFine(changes)));
  }

  it("take a name, an ARN or a URL", () => {
    for (const changes of [
      { function: "a" },
      { function: "arn:aws:lambda:x:1:function:a:live" },
      { url: "https://example.com" },
    ])
      assert.ok(isFine(changes), JSON.stringify(changes));
  });
});
