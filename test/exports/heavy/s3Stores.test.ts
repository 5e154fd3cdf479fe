import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { createS3, s3Schema } from "../../../src/exports/archive/s3.ts";
import type { IncomingAnswer, OutgoingRequest } from "../../../src/exports/http/request.ts";
import { signAws } from "../../../src/exports/signing/aws/signAws.ts";
import { exportedRun, runEnd } from "../../support/exports/archivedRuns.ts";
import { destinationPorts } from "../../support/exports/destinationPorts.ts";
import { officialSdk, peerPackages } from "../../support/exports/heavy/peerPackages.ts";
import { documentedStores } from "../../support/exports/s3Stores.ts";

const INSTALL_TIMEOUT_MS = 900_000;
const credentials = { accessKeyId: "GOOG1EXAMPLE", secretAccessKey: "the-secret-key" };
const { signal } = new AbortController();

/** A request as the official SDK hands it to its connection. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}
/** The parts of @aws-sdk/client-s3 that are used here. */
interface S3Sdk {
  readonly S3Client: new (options: object) => { send(command: object): Promise<unknown> };
  readonly PutObjectCommand: new (parameters: object) => object;
}

/** Headers that only describe the client. */
const ofTheSdk = /^(?:user-agent|x-amz-user-agent|amz-sdk-.*|content-length|host|authorization|x-amz-date)$/;

const stores: readonly (readonly [string, object])[] = [
  ["AWS", { region: "eu-central-1" }],
  ["AWS, for a bucket with a dot", { region: "eu-central-1", bucket: "runs.example" }],
  ...documentedStores(),
];

describe("Objects for stores that speak S3", () => {
  let store: DisposableStore;
  before(async function () {
    this.timeout(INSTALL_TIMEOUT_MS);
    await peerPackages("sdks");
  });
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  /** Returns the request that writes a run; the store has nothing yet. */
  const oursFor = async (settings: object): Promise<OutgoingRequest> => {
    const sent: OutgoingRequest[] = [];
    const absent = Buffer.from("<Error><Code>NoSuchKey</Code></Error>");
    const send = (request: OutgoingRequest): Promise<IncomingAnswer> => {
      sent.push(request);
      const isWritten = request.method === "PUT";
      const body = isWritten ? Buffer.alloc(0) : absent;
      return Promise.resolve({ status: isWritten ? 200 : 404, headers: {}, body, isCut: false, skewMs: undefined });
    };
    const exportRun = (id: string) => Promise.resolve(exportedRun(id));
    const ports = destinationPorts(store, { name: "test", secret: JSON.stringify(credentials), exportRun, send });
    const element = { name: "test", kind: "s3", bucket: "runs", prefix: "a b+ä'(x)", auth: { kind: "secret" } };
    await store.add(createS3(s3Schema.parse({ ...element, ...settings }), ports)).send([runEnd()], signal);
    const written = sent.at(-1);
    assert.equal(written?.method, "PUT");
    return written;
  };
  /** Returns the request by which the official SDK writes the same object to the same store. */
  const theirsFor = async (ours: OutgoingRequest, settings: object): Promise<SdkRequest> => {
    const { S3Client, PutObjectCommand } = (await officialSdk("@aws-sdk/client-s3")) as S3Sdk;
    const { region, endpoint, checksum = true, bucket = "runs" } = settings as Record<string, unknown>;
    const sent: SdkRequest[] = [];
    const requestHandler = {
      handle: (request: SdkRequest) => {
        sent.push(request);
        return Promise.resolve({ response: { statusCode: 200, headers: {}, body: Buffer.alloc(0) } });
      },
    };
    const client = new S3Client({
      region,
      endpoint,
      credentials,
      requestHandler,
      forcePathStyle: ours.url.pathname.startsWith(`/${String(bucket)}/`),
      requestChecksumCalculation: "WHEN_REQUIRED",
    });
    const Key = decodeURIComponent(ours.url.pathname)
      .replace(`/${String(bucket)}/`, "")
      .replace(/^\//, "");
    const put = { Bucket: bucket, Key, Body: ours.body, ContentType: "application/json" };
    const condition = ours.headers["if-none-match"] === undefined ? {} : { IfNoneMatch: "*" };
    await client.send(
      new PutObjectCommand({ ...put, ...condition, ...(checksum === true && { ChecksumAlgorithm: "SHA256" }) }),
    );
    const [request] = sent;
    assert.ok(request !== undefined);
    return request;
  };

  for (const [name, settings] of stores) {
    it(`are written by the requests of the official SDK: ${name}`, async () => {
      const ours = await oursFor(settings);
      const theirs = await theirsFor(ours, settings);
      assert.deepEqual(
        [ours.method, ours.url.protocol, ours.url.host, ours.url.pathname, ours.body],
        [theirs.method, theirs.protocol, theirs.hostname, theirs.path, theirs.body],
      );
      const meaningful = (headers: Readonly<Record<string, string>>) =>
        Object.entries(headers)
          .filter(([header]) => !ofTheSdk.test(header) && header !== "x-amz-sdk-checksum-algorithm")
          .toSorted(([a], [b]) => a.localeCompare(b));
      assert.deepEqual(meaningful(ours.headers), meaningful(theirs.headers));
    });

    it(`are signed byte for byte as the official SDK signs them: ${name}`, async () => {
      const { headers, protocol, hostname, path, body } = await theirsFor(await oursFor(settings), settings);
      const { region } = settings as { readonly region: string };
      const { authorization = "", "x-amz-date": date = "" } = headers;
      const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
      const given = Object.entries(headers).filter(
        ([header]) => signed.includes(header) && header !== "host" && header !== "x-amz-date",
      );
      assert.ok(Buffer.isBuffer(body));
      // The SDK names the operation in a query of its own, which the services do not need.
      const url = new URL(`${protocol}//${hostname}${path}?x-id=PutObject`);
      const at = Date.parse(date.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, "$1-$2-$3T$4:$5:$6Z"));
      const request = { method: "PUT", url, headers: Object.fromEntries(given), body } as const;
      const ours = await signAws(request, { service: "s3", region }, credentials, at);
      assert.equal(ours.headers["authorization"]?.replaceAll(", ", ","), authorization.replaceAll(", ", ","));
    });
  }
});
