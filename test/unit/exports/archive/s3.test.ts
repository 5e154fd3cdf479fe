import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { createS3, s3Schema } from "../../../../src/exports/archive/s3.ts";
import { DeliveryFailure, type FailureKind } from "../../../../src/exports/delivery/destination.ts";
import type { IncomingAnswer, OutgoingRequest } from "../../../../src/exports/http/request.ts";
import { archivePorts, RUN_KEY, runEnd } from "../../../support/exports/archivedRuns.ts";
import { failsWith } from "../../../support/exports/failsWith.ts";
import type { ModelReply } from "../../../support/models/modelServer.ts";
import { ScriptedServer } from "../../../support/exports/scriptedServer.ts";

const { signal } = new AbortController();
const keys = { accessKeyId: "AKID", secretAccessKey: "the-secret-key" };

describe("An archive in S3", () => {
  let server: ScriptedServer;
  let store: DisposableStore;
  beforeEach(async () => {
    store = new DisposableStore();
    server = store.add(await ScriptedServer.start());
  });
  afterEach(() => store.dispose());

  const ports = () => archivePorts(store, JSON.stringify(keys));
  const open = (settings: object = {}, given = ports()) => {
    const element = { name: "mine", kind: "s3", bucket: "runs", region: "eu-central-1", endpoint: server.url };
    return store.add(createS3(s3Schema.parse({ ...element, auth: { kind: "secret" }, ...settings }), given));
  };
  const refusal = (status: number, code: string, headers: Record<string, string> = {}): ModelReply => ({
    status,
    headers: { "content-type": "application/xml", ...headers },
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No, with the-secret-key &amp; more</Message></Error>`,
  });

  it("creates an object on condition that there is none, with its checksum", async () => {
    server.reply({ status: 200 });
    await open({ storageClass: "STANDARD_IA", kmsKeyId: "arn:aws:kms:eu-central-1:1:key/a" }).send([runEnd()], signal);
    const { method, url, headers, body } = server.at(0);
    assert.deepEqual([method, url], ["PUT", `/runs/${RUN_KEY}`]);
    assert.equal(headers["if-none-match"], "*");
    assert.equal(headers["x-amz-checksum-sha256"], createHash("sha256").update(body).digest("base64"));
    assert.equal(headers["x-amz-storage-class"], "STANDARD_IA");
    assert.equal(headers["x-amz-server-side-encryption-aws-kms-key-id"], "arn:aws:kms:eu-central-1:1:key/a");
    assert.match(
      headers["authorization"] ?? "",
      /SignedHeaders=content-type;host;if-none-match;.*x-amz-storage-class,/,
    );
  });

  it("takes an object that exists for stored", async () => {
    server.reply(refusal(412, "PreconditionFailed"));
    const receipt = await open().send([runEnd()], signal);
    assert.deepEqual(receipt, { outcome: "stored", detail: "The bucket 'runs' has this run already." });
  });

  it("looks whether an object exists where the store knows no condition", async () => {
    const absent = refusal(404, "NoSuchKey");
    const replies = [{ status: 200 }, { status: 206, body: "{" }, { status: 200, body: "{}" }];
    server.reply(refusal(501, "NotImplemented"), absent, ...replies);
    const destination = open({ checksum: false });
    for (const _ of [1, 2, 3]) await destination.send([runEnd()], signal);
    assert.deepEqual(
      server.requests.map(({ method, headers }) => [method, headers["if-none-match"], headers["range"]]),
      [
        ["PUT", "*", undefined],
        ["GET", undefined, "bytes=0-0"],
        ["PUT", undefined, undefined],
        ["GET", undefined, "bytes=0-0"],
        ["GET", undefined, "bytes=0-0"],
      ],
    );
    assert.equal(server.at(2).headers["x-amz-checksum-sha256"], undefined);
  });

  it("says why a store without conditions refuses", async () => {
    server.reply(refusal(501, "NotImplemented"), refusal(403, "SignatureDoesNotMatch"));
    await failsWith("blocked", open().send([runEnd()], signal), /secret key is not that of the access key/);
  });

  it("looks first whether an object exists at Google, whose conditions are for reading only", async () => {
    const sent: OutgoingRequest[] = [];
    const given = ports();
    const answer: IncomingAnswer = {
      status: 206,
      headers: {},
      body: Buffer.from("{"),
      isCut: false,
      skewMs: undefined,
    };
    const send = (request: OutgoingRequest): Promise<IncomingAnswer> => {
      sent.push(request);
      return Promise.resolve(answer);
    };
    await open({ endpoint: "https://storage.googleapis.com", region: "auto" }, { ...given, send }).send(
      [runEnd()],
      signal,
    );
    assert.deepEqual(
      sent.map(({ method, url }) => `${method} ${url.href}`),
      [`GET https://storage.googleapis.com/runs/${RUN_KEY}`],
    );
  });

  it("tells what follows from each refusal, and what to do", async () => {
    const minutesAgo = new Date(Date.now() + 20 * 60_000).toUTCString();
    const elsewhere = { "x-amz-bucket-region": "us-west-2" };
    const refusals: readonly (readonly [ModelReply, FailureKind, RegExp])[] = [
      [
        refusal(403, "RequestTimeTooSkewed", { date: minutesAgo }),
        "blocked",
        /clock of this machine is 20 minutes behind/,
      ],
      [refusal(403, "AccessDenied"), "blocked", /s3:PutObject/],
      [refusal(403, "SignatureDoesNotMatch"), "blocked", /secret key is not that of the access key/],
      [refusal(400, "AuthorizationHeaderMalformed"), "blocked", /Check 'region'/],
      [
        refusal(301, "PermanentRedirect", elsewhere),
        "blocked",
        /The bucket is in the region 'us-west-2'\. Set 'region'/,
      ],
      [refusal(404, "NoSuchBucket"), "blocked", /Create the bucket/],
      [refusal(400, "BadDigest"), "passing", /400/],
      [refusal(409, "ConditionalRequestConflict"), "passing", /409/],
      [refusal(400, "EntityTooLarge"), "refused", /400/],
      [refusal(413, ""), "refused", /anything that large/],
      [
        { status: 200, headers: { ...elsewhere, "x-amz-checksum-sha256": "other=" }, body: "" },
        "passing",
        /something else than was sent/,
      ],
    ];
    for (const [answer, kind, sentence] of refusals) {
      server.reply(answer);
      await failsWith(kind, open().send([runEnd()], signal), sentence);
    }
  });

  it("repeats a refusal with its key hidden, and waits as long as the store wants", async () => {
    server.reply(refusal(503, "SlowDown", { "retry-after": "7" }));
    await assert.rejects(open().send([runEnd()], signal), (error) => {
      assert.ok(error instanceof DeliveryFailure);
      assert.deepEqual([error.kind, error.retryAfterMs], ["passing", 7000]);
      assert.match(error.message, /“SlowDown: No, with \(hidden\)/);
      return true;
    });
  });

  it("says that a session has ended, after it has asked for another one", async () => {
    server.reply(refusal(400, "ExpiredToken"));
    await failsWith("blocked", open().send([runEnd()], signal), /session has ended\. Log in again/);
    const given = ports();
    server.reply(() => {
      given.setSecret(JSON.stringify({ ...keys, accessKeyId: "AKID2" }));
      return refusal(400, "ExpiredToken");
    });
    server.reply({ status: 200 });
    assert.deepEqual(await open({}, given).send([runEnd()], signal), { outcome: "stored" });
    assert.match(server.at(-1).headers["authorization"] ?? "", /Credential=AKID2\//);
  });

  it("has the bucket in the name of the host for AWS, and in the path elsewhere", async () => {
    const asked: string[] = [];
    const send = ({ url }: OutgoingRequest): Promise<IncomingAnswer> => {
      asked.push(url.href);
      return Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(0), isCut: false, skewMs: undefined });
    };
    for (const settings of [
      { endpoint: undefined },
      { endpoint: undefined, bucket: "my.runs" },
      { endpoint: undefined, region: "cn-north-1" },
      { endpoint: "https://store.example/s3/" },
      { endpoint: "https://store.example:9000", addressing: "virtual-host" },
    ])
      await open(settings, { ...ports(), send }).send([runEnd()], signal);
    assert.deepEqual(asked, [
      `https://runs.s3.eu-central-1.amazonaws.com/${RUN_KEY}`,
      `https://s3.eu-central-1.amazonaws.com/my.runs/${RUN_KEY}`,
      `https://runs.s3.cn-north-1.amazonaws.com.cn/${RUN_KEY}`,
      `https://store.example/s3/runs/${RUN_KEY}`,
      `https://runs.store.example:9000/${RUN_KEY}`,
    ]);
  });

  it("reads all pages of a list, with names of any characters", async () => {
    const page = (folders: readonly string[], next?: string) => ({
      headers: { "content-type": "application/xml" },
      body: `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${next !== undefined}</IsTruncated>${next === undefined ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`}${folders.map((folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`).join("")}</ListBucketResult>`,
    });
    server.reply(page(["a+b/2026-11-01/", "a+b/test/"], "x&amp;y="), page(["a%20b/2026-11-02/"]));
    const { archive } = open({ prefix: "a b" });
    assert.deepEqual(await archive?.days(signal), ["2026-11-02", "2026-11-01"]);
    const asked = server.requests.map(({ url }) => new URL(url, server.url).searchParams);
    assert.deepEqual(
      asked.map((query) => query.get("prefix")),
      ["a b/", "a b/"],
    );
    assert.deepEqual(
      asked.map((query) => query.get("continuation-token")),
      [null, "x&y="],
    );
  });

  it("gives back no object that is not a run", async () => {
    server.reply(
      { body: '{"format":"other"}' },
      { body: Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from("no gzip")]), headers: { "content-type": "a/b" } },
      refusal(404, "NoSuchKey"),
      refusal(404, "NoSuchBucket"),
    );
    const id = RUN_KEY.replace(/^.*\/|\.json$/g, "");
    const read = () => open().archive?.read(id, signal) ?? Promise.resolve();
    await failsWith("refused", read(), /is not a run of Kiro Bridge/);
    await failsWith("refused", read(), /is damaged/);
    assert.equal(await read(), undefined);
    await failsWith("blocked", read(), /Create the bucket/);
    assert.equal(await open().archive?.read("../../other", signal, "2026-11-01"), undefined);
  });

  it("may not have its bucket in front of an IP address", () => {
    const of = (endpoint: string, addressing?: string) =>
      s3Schema.safeParse({ name: "mine", kind: "s3", bucket: "runs", region: "auto", endpoint, addressing }).success;
    for (const endpoint of ["http://127.0.0.1:9000", "http://[::1]:9000", "https://2130706433"]) {
      assert.deepEqual([of(endpoint, "virtual-host"), of(endpoint, "path"), of(endpoint)], [false, true, true]);
    }
    assert.ok(of("http://minio.example:9000", "virtual-host"));
  });

  it("may not have a prefix that leads elsewhere", () => {
    const of = (prefix: string) =>
      s3Schema.safeParse({ name: "mine", kind: "s3", bucket: "runs", region: "auto", prefix }).data?.prefix;
    for (const prefix of ["..", "a/../b", "a//b", "a\\b", "a\nb", "./a", "\uD800"]) assert.equal(of(prefix), undefined);
    assert.deepEqual([of(""), of("/a/b/"), of("a b+ä")], ["", "a/b", "a b+ä"]);
  });
});
