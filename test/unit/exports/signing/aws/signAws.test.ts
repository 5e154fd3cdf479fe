import assert from "node:assert/strict";
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { OutgoingRequest } from "../../../../../src/exports/http/request.ts";
import { type AwsScope, signAws } from "../../../../../src/exports/signing/aws/signAws.ts";

/** The credentials, time and bucket of the examples in the documentation of Amazon S3. */
const identity = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
const at = Date.UTC(2013, 4, 24);
const s3 = { service: "s3", region: "us-east-1" };

type Bytes = string | ArrayBuffer | ArrayBufferView;

/** The hash that the official signer wants. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: Bytes) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: Bytes): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {
    throw new Error("is not used");
  }
}

describe("The signature of AWS", () => {
  it("is that of the published examples", async () => {
    const examples = [
      [
        request("GET", "https://examplebucket.s3.amazonaws.com/test.txt", { headers: { range: "bytes=0-9" } }),
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
      ],
      [
        request("PUT", "https://examplebucket.s3.amazonaws.com/test$file.text", {
          headers: { date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
          body: Buffer.from("Welcome to Amazon S3."),
        }),
        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
      ],
      [
        request("GET", "https://examplebucket.s3.amazonaws.com/?lifecycle"),
        "host;x-amz-content-sha256;x-amz-date",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
      ],
      [
        request("GET", "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"),
        "host;x-amz-content-sha256;x-amz-date",
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
      ],
    ] as const;
    for (const [unsigned, names, signature] of examples) {
      const { headers } = await signAws(unsigned, s3, identity, at);
      const credential = `Credential=${identity.accessKeyId}/20130524/us-east-1/s3/aws4_request`;
      const expected = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`;
      assert.equal(headers["authorization"], expected);
    }
  });

  it("has the same bytes as that of the official SDK, for each service that exports call", async () => {
    for (const credentials of [identity, { ...identity, sessionToken: "IQoJb3JpZ2luX2VjE==" }])
      for (const [unsigned, scope] of cases()) {
        const { headers } = await signAws(unsigned, scope, credentials, at);
        const expected = await officialHeaders(unsigned, scope, credentials);
        for (const name of ["x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "authorization"])
          assert.equal(headers[name], expected[name], `${name} for ${unsigned.url.href}`);
      }
  });

  it("differs for another body, header, key, region or time", async () => {
    const put = request("PUT", "https://b.s3.amazonaws.com/k", { body: Buffer.from("1") });
    const signed = await Promise.all([
      signAws(put, s3, identity, at),
      signAws({ ...put, body: Buffer.from("2") }, s3, identity, at),
      signAws({ ...put, headers: { "content-type": "text/plain" } }, s3, identity, at),
      signAws(put, s3, { ...identity, secretAccessKey: "other" }, at),
      signAws(put, { ...s3, region: "eu-west-1" }, identity, at),
      signAws(put, s3, identity, at + 1000),
    ]);
    const signatures = signed.map(({ headers }) => /Signature=(\w+)$/.exec(headers["authorization"] ?? "")?.[1]);
    assert.equal(new Set(signatures).size, signatures.length);
    assert.ok(!JSON.stringify(signed).includes(identity.secretAccessKey));
  });
});

function request(method: OutgoingRequest["method"], url: string, fields: Partial<OutgoingRequest> = {}) {
  return { method, url: new URL(url), headers: {}, ...fields };
}

function cases(): readonly (readonly [OutgoingRequest, AwsScope])[] {
  const body = Buffer.from('{"text":"ä \u{1F600}"}');
  const keys = ["plain", "a b", "a+b", "a'(b)*!", "ä/é", "100%", "a%2Fb", "~.-_", "a=b&c;d:e@f,g$h"];
  const puts = keys.map((key) =>
    request("PUT", `https://bucket.s3.eu-central-1.amazonaws.com/${key.split("/").map(encoded).join("/")}`, {
      headers: { "content-type": "application/json", "if-none-match": "*", "x-amz-checksum-sha256": "abc=" },
      body,
    }),
  );
  const list = request(
    "GET",
    "http://127.0.0.1:4569/bucket?list-type=2&prefix=a%20b%2Fc%2Bd%27%28%29%2A%21%C3%A4%2F&delimiter=%2F&max-keys=5",
  );
  const upsert = request("POST", "https://dynamodb.eu-west-1.amazonaws.com/", {
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.UpdateItem" },
    body,
  });
  const invoke = request(
    "POST",
    "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af/invocations?Qualifier=v1",
    { headers: { "x-amz-invocation-type": "Event", "content-type": "application/json" }, body },
  );
  const traces = request("POST", "https://xray.us-east-1.amazonaws.com/v1/traces", {
    headers: { "content-type": "application/x-protobuf", "content-encoding": "gzip" },
    body,
  });
  const logs = request("POST", "https://logs.us-east-1.amazonaws.com/v1/logs", {
    headers: { "x-aws-log-group": "  two   spaces ", "x-aws-log-stream": "a" },
    body: Buffer.alloc(0),
  });
  return [
    ...puts.map((put) => [put, { service: "s3", region: "eu-central-1" }] as const),
    [list, { service: "s3", region: "us-east-1" }],
    [request("HEAD", "http://127.0.0.1:4569/bucket/key"), { service: "s3", region: "auto" }],
    [upsert, { service: "dynamodb", region: "eu-west-1" }],
    [invoke, { service: "lambda", region: "us-east-1" }],
    [traces, { service: "xray", region: "us-east-1" }],
    [logs, { service: "logs", region: "us-east-1" }],
  ];
}

/** Returns the headers that the signer of the official SDK makes of a request. */
async function officialHeaders(
  { method, url, headers, body }: OutgoingRequest,
  { service, region }: AwsScope,
  credentials: typeof identity & { readonly sessionToken?: string },
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath: service !== "s3" });
  const query = Object.fromEntries(url.searchParams);
  const { protocol, hostname, pathname: path } = url;
  const unsigned = { method, protocol, hostname, path, query, headers: { ...headers, host: url.host }, body };
  return (await signer.sign(unsigned, { signingDate: new Date(at) })).headers;
}

function bytesOf(data: Bytes): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

function encoded(segment: string): string {
  return encodeURIComponent(segment).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
