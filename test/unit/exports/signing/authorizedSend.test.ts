import assert from "node:assert/strict";
import type { IncomingAnswer, OutgoingRequest } from "../../../../src/exports/http/request.ts";
import { awsAuthSchema } from "../../../../src/exports/signing/aws/awsAuth.ts";
import { awsSend } from "../../../../src/exports/signing/aws/awsSend.ts";
import { signingPorts } from "../../../support/exports/signingPorts.ts";

const signal = new AbortController().signal;
const scope = { service: "s3", region: "us-east-1" };
const request: OutgoingRequest = { method: "GET", url: new URL("https://bucket.example/key"), headers: {} };
const answer = (status: number, body = ""): IncomingAnswer => ({
  status,
  headers: {},
  body: Buffer.from(body),
  isCut: false,
  skewMs: undefined,
});
const secret = (accessKeyId: string) => JSON.stringify({ accessKeyId, secretAccessKey: "key" });

describe("Sending with credentials", () => {
  it("takes a fresh key once when the service says that the key has expired", async () => {
    const sent: OutgoingRequest[] = [];
    const ports = signingPorts({
      secret: secret("old"),
      send: (each) => {
        sent.push(each);
        // The user has set another secret in the meantime.
        if (sent.length === 1) ports.change(secret("new"));
        return Promise.resolve(sent.length === 1 ? answer(403, "<Code>ExpiredToken</Code>") : answer(200));
      },
    });
    const { send } = awsSend(awsAuthSchema.parse({ kind: "secret" }), scope, ports);
    assert.equal((await send(request, signal)).status, 200);
    const ids = sent.map(({ headers }) => /Credential=(\w+)/.exec(headers["authorization"] ?? "")?.[1]);
    assert.deepEqual(ids, ["old", "new"]);
  });

  it("returns the refusal when the fresh key is no other one, or another key would not help", async () => {
    for (const [body, requests] of [
      ["<Code>InvalidAccessKeyId</Code>", 1],
      ["<Code>AccessDenied</Code>", 1],
      ["<Code>SignatureDoesNotMatch</Code>", 1],
    ] as const) {
      let sent = 0;
      const ports = signingPorts({
        secret: secret("id"),
        send: () => {
          sent++;
          return Promise.resolve(answer(403, body));
        },
      });
      const { send } = awsSend(awsAuthSchema.parse({ kind: "secret" }), scope, ports);
      assert.equal((await send(request, signal)).body.toString(), body);
      assert.equal(sent, requests);
    }
  });
});
