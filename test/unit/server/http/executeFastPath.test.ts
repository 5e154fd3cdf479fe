import assert from "node:assert/strict";
import { EXECUTE_PATH } from "../../../../src/server/http/answers.ts";
import { type Answer, type Call, callPort } from "../../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const PAGE = "https://app.example";
const authorized = { Authorization: `Bearer ${TEST_TOKEN}` };
const echo = { command: "test.echo", args: ["hello"] };

/** The spelling that goes past Express, and one that goes through it. */
const PATHS = [EXECUTE_PATH, `${EXECUTE_PATH}?`] as const;

/** Whatever a caller may send, right or wrong. */
const calls: Record<string, Call> = {
  "a command": { headers: authorized, body: echo },
  "a command that throws": { headers: authorized, body: { command: "test.throw" } },
  "a command that is denied": { headers: authorized, body: { command: "x.deleteAccount" } },
  "a command that is not there": { headers: authorized, body: { command: "test.ecko" } },
  "an answer at once": { headers: { ...authorized, Prefer: "respond-async" }, body: echo },
  "a key": { headers: { ...authorized, "Idempotency-Key": "one" }, body: echo },
  "a key that is none": { headers: { ...authorized, "Idempotency-Key": "ü".repeat(300) }, body: echo },
  "no token": { body: echo },
  "a wrong token": { headers: { Authorization: "Bearer wrong" }, body: echo },
  "a foreign host": { headers: { ...authorized, Host: "evil.example" }, body: echo },
  "a foreign page": { headers: { ...authorized, Origin: "https://evil.example" }, body: echo },
  "a page on the list": { headers: { ...authorized, Origin: PAGE }, body: echo },
  "a preflight": { method: "OPTIONS", headers: { Origin: PAGE, "Access-Control-Request-Method": "POST" } },
  "no JSON": { headers: authorized, body: "{" },
  "no body": { method: "POST", headers: authorized },
  "a form": { headers: { ...authorized, "Content-Type": "application/x-www-form-urlencoded" }, body: "a=b" },
  "a compressed body": { headers: { ...authorized, "Content-Encoding": "gzip" }, body: echo },
  "a body that is too long": { headers: authorized, body: { ...echo, args: ["x".repeat(2000)] } },
  "an unknown field": { headers: authorized, body: { ...echo, secret: true } },
  GET: { headers: authorized },
  HEAD: { method: "HEAD", headers: authorized },
  PUT: { method: "PUT", headers: authorized, body: echo },
};

describe("An execute past Express", () => {
  let bridge: TestBridge;

  beforeEach(async () => {
    bridge = await startTestBridge({
      guards: { allowedOrigins: [PAGE] },
      limits: { maxBodyBytes: 1000 },
      commands: {
        "test.throw": () => {
          throw new Error("no");
        },
      },
    });
  });
  afterEach(() => bridge.dispose());

  for (const [name, call] of Object.entries(calls)) {
    it(`is answered exactly like one through Express: ${name}`, async () => {
      const answers: unknown[] = [];
      for (const path of PATHS) answers.push(comparable(await callPort(bridge.port, path, call)));
      assert.deepEqual(answers[0], answers[1]);
    });
  }

  it("is counted together with one through Express", async () => {
    await bridge.dispose();
    bridge = await startTestBridge({ limits: { maxRequestsPerMinute: 4 } });
    const statuses: number[] = [];
    for (const path of [...PATHS, ...PATHS, ...PATHS])
      statuses.push((await callPort(bridge.port, path, { headers: authorized, body: echo })).status);
    assert.deepEqual(statuses, [200, 200, 200, 200, 429, 429]);
  });
});

/** Without what differs from one request to the next. */
function comparable({ status, headers, text }: Answer): object {
  const { date: _date, "x-request-id": requestId, location = "", "content-length": length, ...rest } = headers;
  const body = text
    .replaceAll(/"(executionId|requestId|id|timestamp)":"[^"]*"/g, '"$1":"…"')
    .replaceAll(/"executionTimeMs":\d+/g, '"executionTimeMs":0');
  return {
    status,
    ...rest,
    hasRequestId: requestId !== undefined,
    hasLength: length !== undefined,
    location: location.replace(/exec-.*$/, "…"),
    body,
  };
}
