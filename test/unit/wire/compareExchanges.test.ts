import assert from "node:assert/strict";
import { ExchangeComparer } from "./compareExchanges.ts";
import type { Plain, PlainObject } from "./placeholders.ts";

const answer: PlainObject = {
  status: 404,
  headers: { "content-type": "application/json; charset=utf-8", "retry-after": "1" },
  body: { code: "NOT_FOUND", message: "There is no such thing.", recoverable: false, context: { field: "id" } },
};
const stream: readonly Plain[] = [
  { event: "command-started", data: { executionId: "<execution 1>", args: ["a"] } },
  { event: "command-completed", data: { executionId: "<execution 1>", success: true } },
];

const differences = (then: Plain, now: Plain): string[] => new ExchangeComparer().compare(then, now);
const withBody = (body: PlainObject): PlainObject => ({
  ...answer,
  body: { ...(answer["body"] as PlainObject), ...body },
});

describe("The comparison of exchanges", () => {
  it("accepts what is equal, and additional fields", () => {
    assert.deepEqual(differences(answer, answer), []);
    assert.deepEqual(differences(stream, stream), []);
    assert.deepEqual(differences(answer, { ...withBody({ advice: "Look again." }), more: [1] }), []);
  });

  it("accepts a challenge with further parameters, but no other scheme", () => {
    const challenge = (text: string) => ({ status: 401, headers: { "www-authenticate": text } });
    assert.deepEqual(differences(challenge("Bearer"), challenge('Bearer resource_metadata="http://a/"')), []);
    assert.equal(differences(challenge("Bearer"), challenge("BearerToken")).length, 1);
    assert.equal(differences(challenge("Bearer"), challenge("Basic")).length, 1);
  });

  it("reports a lost field", () => {
    const { context: _context, ...body } = answer["body"] as PlainObject;
    assert.deepEqual(differences(answer, { ...answer, body }), ['body.context is lost: {"field":"id"}']);
  });

  it("reports a changed value, of another type too", () => {
    assert.match(
      differences(answer, withBody({ code: "CONFLICT" })).join(),
      /^body\.code was "NOT_FOUND" and is "CONFLICT"$/,
    );
    assert.equal(differences(answer, withBody({ recoverable: "false" })).length, 1);
    assert.equal(differences(answer, withBody({ context: null })).length, 1);
    assert.equal(differences(answer, withBody({ context: ["id"] })).length, 1);
    assert.equal(differences({ message: "The answer of the CLI." }, { message: "Another answer." }).length, 1);
    assert.equal(differences({ result: null }, { result: "" }).length, 1);
  });

  it("reports a changed status and a changed header", () => {
    assert.deepEqual(differences(answer, { ...answer, status: 400 }), ["status was 404 and is 400"]);
    const headers = { ...(answer["headers"] as PlainObject), "content-type": "text/plain" };
    assert.match(differences(answer, { ...answer, headers }).join(), /^headers\.content-type was/);
    assert.match(differences(answer, { ...answer, headers: { "retry-after": "1" } }).join(), /content-type is lost/);
  });

  it("reports events in another order, lost events and further ones", () => {
    assert.notDeepEqual(differences(stream, stream.toReversed()), []);
    assert.match(differences(stream, stream.slice(0, 1)).join(), /^\[1\] is lost/);
    assert.match(differences(stream, [...stream, { event: "tool-call" }]).join(), /has more/);
  });

  it("accepts other words for people, but not none, and no others for what was quoted", () => {
    assert.deepEqual(differences(answer, withBody({ message: "Nothing is here." })), []);
    assert.equal(differences(answer, withBody({ message: "" })).length, 1);
    assert.equal(differences(answer, withBody({ message: 1 })).length, 1);
    assert.equal(differences({ error: "verbatim: broken pipe" }, { error: "It has failed." }).length, 1);
    const notFound = { error: "Command 'a.b' not found. Did you mean 'a.c'?" };
    assert.deepEqual(differences(notFound, { error: "Command 'a.b' not found." }), []);
    assert.equal(differences(notFound, { error: "There is no such command." }).length, 1);
    assert.equal(differences({ reason: "not_installed" }, { reason: "not installed" }).length, 1);
    assert.equal(
      differences({ toolCallId: "t", title: "Run tests" }, { toolCallId: "t", title: "Runs tests" }).length,
      1,
    );
  });

  it("accepts other numbers of placeholders that name the same things", () => {
    const exchange = (one: string, other: string): Plain => ({ first: one, second: one, third: other });
    assert.deepEqual(differences(exchange("<event 1>", "<event 2>"), exchange("<event 7>", "<event 3>")), []);
    assert.equal(differences(exchange("<event 1>", "<event 2>"), exchange("<event 7>", "<event 7>")).length, 1);
    assert.equal(differences(exchange("<event 1>", "<event 1>"), exchange("<event 7>", "<event 3>")).length, 1);
    assert.equal(differences("<event 1>", "<execution 1>").length, 1);
    const comparer = new ExchangeComparer();
    assert.deepEqual(comparer.compare("a <event 1>", "a <event 4>"), []);
    assert.equal(comparer.compare("a <event 1>", "a <event 5>").length, 1, "in a later exchange too");
  });

  it("accepts further alternatives of an enumeration and further features, but no lost one", () => {
    assert.deepEqual(differences({ expected: "auto | cli" }, { expected: "auto | cli | other" }), []);
    assert.equal(differences({ expected: "auto | cli" }, { expected: "auto | other" }).length, 1);
    assert.deepEqual(differences({ features: ["a"] }, { features: ["b", "a"] }), []);
    assert.equal(differences({ features: ["a", "b"] }, { features: ["a"] }).length, 1);
  });
});
