import assert from "node:assert/strict";
import { answerFailure, type AnswerFailureOptions } from "../../../../src/exports/http/answerFailure.ts";
import type { IncomingAnswer } from "../../../../src/exports/http/request.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");

describe("The failure that an answer means", () => {
  const failure = (
    answer: { status: number; headers?: Record<string, string>; body?: string; skewMs?: number },
    options: Partial<AnswerFailureOptions> = {},
  ) => {
    const { body = "", headers = {}, skewMs, status } = answer;
    const whole: IncomingAnswer = { status, headers, body: Buffer.from(body), isCut: false, skewMs };
    return answerFailure(whole, { place: "The bucket 'runs'", redact: (text) => text, now: () => NOW, ...options });
  };

  for (const [status, kind] of [
    [302, "blocked"],
    [400, "refused"],
    [401, "blocked"],
    [403, "blocked"],
    [404, "blocked"],
    [407, "blocked"],
    [408, "passing"],
    [409, "refused"],
    [410, "blocked"],
    [413, "refused"],
    [422, "refused"],
    [429, "passing"],
    [500, "passing"],
    [501, "blocked"],
    [503, "passing"],
  ] as const) {
    it(`is ${kind} for ${status}`, () => {
      const { kind: told, status: same, message } = failure({ status });
      assert.deepEqual([told, same], [kind, status]);
      assert.match(message, new RegExp(`^The bucket 'runs' .+ \\(${status}\\)\\.`));
    });
  }

  it("may have another kind, which the service says in its body", () => {
    assert.equal(failure({ status: 400 }, { kind: "passing" }).kind, "passing");
  });

  it("knows when to come again: seconds, a date by the clock of the server, or milliseconds", () => {
    const wait = (headers: Record<string, string>, skewMs?: number) =>
      failure({ status: 429, headers, ...(skewMs !== undefined && { skewMs }) }).retryAfterMs;
    assert.equal(wait({ "retry-after": "120" }), 120_000);
    const date = "Sat, 28 Nov 2026 12:20:00 GMT";
    assert.equal(wait({ "retry-after": "Sat, 28 Nov 2026 12:21:00 GMT", date }), 60_000);
    assert.equal(wait({ "x-ms-retry-after-ms": "350" }), 350);
    assert.equal(wait({ "retry-after": "soon" }), undefined);
    assert.equal(wait({}), undefined);
  });

  it("names a clock that is off by 20 minutes, which services take for a wrong key", () => {
    const { message, skewMs } = failure({ status: 403, skewMs: 20 * 60_000 });
    assert.match(
      message,
      /\(403\)\. The clock of this machine is 20 minutes behind, which may be why\. Set the clock\.$/,
    );
    assert.equal(skewMs, 20 * 60_000);
    assert.match(failure({ status: 401, skewMs: -20 * 60_000 }).message, /is 20 minutes ahead/);
    assert.doesNotMatch(failure({ status: 401, skewMs: 10_000 }).message, /clock/);
    assert.doesNotMatch(failure({ status: 503, skewMs: 20 * 60_000 }).message, /clock/);
  });

  it("blames the clock only for a signature or an authentication that was rejected", () => {
    const skewMs = 20 * 60_000;
    const aws = (type: string, message = "") => JSON.stringify({ __type: `com.amazonaws.example#${type}`, message });
    const xml = (code: string, message = "") => `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
    const google = (code: string, description: string) =>
      JSON.stringify({ error: code, error_description: description });
    const advice = "Do what the service wants.";
    for (const [status, body, isBlamed] of [
      [400, aws("InvalidSignatureException", "Signature expired: 20261128T114000Z is now earlier than …"), true],
      [400, aws("ExpiredTokenException"), true],
      [400, google("invalid_grant", "Invalid JWT: Token must be … in a reasonable timeframe."), true],
      [401, "", true],
      [401, google("invalid_client", "Invalid client secret provided."), true],
      [403, "", true],
      [403, xml("RequestTimeTooSkewed"), true],
      [403, xml("SignatureDoesNotMatch"), true],
      [403, xml("AuthenticationFailed", "Server failed to authenticate the request."), true],
      [403, '{"code":"Forbidden","message":"The authorization token is not valid at the current time."}', true],
      [400, aws("ResourceNotFoundException", "Requested resource not found"), false],
      [400, aws("AccessDeniedException", "User is not authorized to perform: dynamodb:UpdateItem"), false],
      [400, google("invalid_client", "The OAuth client was not found."), false],
      [403, xml("AccessDenied", "Access Denied"), false],
      [403, '{"error":{"message":"Missing permissions.","status":"PERMISSION_DENIED"}}', false],
      [301, xml("PermanentRedirect"), false],
      [404, xml("NoSuchBucket"), false],
      [405, "", false],
      [501, "", false],
    ] as const) {
      const { message } = failure({ status, body, skewMs }, { kind: "blocked", ...(body !== "" && { advice }) });
      assert.equal(message.includes("Set the clock."), isBlamed, `${status} ${body}`);
      if (body !== "") assert.equal(message.includes(advice), !isBlamed, `${status} ${body}`);
    }
    const { headers, ...answer } = { status: 403, headers: { "x-ms-error-code": "AuthenticationFailed" }, skewMs };
    assert.match(failure({ ...answer, headers }, { advice }).message, /Set the clock\./);
    const html = { "content-type": "text/html" };
    assert.match(failure({ status: 403, headers: html, body: "<html>Log in", skewMs }).message, /Set the clock\./);
  });

  it("quotes what the service says, in XML or JSON or as text, without secrets, and no web page", () => {
    const said = (body: string, headers: Record<string, string> = {}) =>
      failure({ status: 400, body, headers }, { redact: (text) => text.replaceAll("s3cr3t", "***") }).message;
    const xml = "<Error><Code>NoSuchBucket</Code><Message>It is not there: s3cr3t</Message></Error>";
    assert.match(said(xml), / It says: “NoSuchBucket: It is not there: \*\*\*”$/);
    assert.match(said('{"__type":"x#Y","message":"Too big"}'), / It says: “Too big”$/);
    assert.match(said('{"error":{"message":"No such project","status":"NOT_FOUND"}}'), /“No such project”$/);
    assert.match(said("plain words\r\nin lines"), /“plain words in lines”$/);
    assert.match(said("<!doctype html><p>Log in"), /refuses the request \(400\)\.$/);
    assert.match(said("a login", { "content-type": "text/html" }), /\(400\)\.$/);
    assert.match(said("[1,2"), /\(400\)\.$/);
    assert.ok(said("x".repeat(100_000)).length < 700);
  });
});
