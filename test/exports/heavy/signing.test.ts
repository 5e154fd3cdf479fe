import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { azureBlobSchema, createAzureBlob } from "../../../src/exports/archive/azureBlob.ts";
import { createS3, s3Schema } from "../../../src/exports/archive/s3.ts";
import { signSharedKey } from "../../../src/exports/signing/azure/sharedKey.ts";
import { serviceAccountJwt } from "../../../src/exports/signing/google/serviceAccountJwt.ts";
import { exportedRun, runEnd } from "../../support/exports/archivedRuns.ts";
import { destinationPorts } from "../../support/exports/destinationPorts.ts";
import { officialSdk, peerPackages } from "../../support/exports/heavy/peerPackages.ts";
import { type ScriptedRequest, ScriptedServer } from "../../support/exports/scriptedServer.ts";

const INSTALL_TIMEOUT_MS = 900_000;
const { signal } = new AbortController();

interface BlockBlob {
  upload(body: Buffer, length: number, options: object): Promise<unknown>;
}
/** The parts of the official SDKs that are used here. */
interface BlobSdk {
  readonly StorageSharedKeyCredential: new (account: string, key: string) => object;
  readonly BlockBlobClient: new (url: string, credential: object) => BlockBlob;
}
interface S3Sdk {
  readonly S3Client: new (options: object) => { send(command: object): Promise<unknown> };
  readonly PutObjectCommand: new (parameters: object) => object;
}
interface GoogleSdk {
  readonly JWT: new (options: object) => { getRequestHeaders(url?: string): Promise<Headers> };
}

describe("Signatures of exports", () => {
  let store: DisposableStore;
  let server: ScriptedServer;
  before(async function () {
    this.timeout(INSTALL_TIMEOUT_MS);
    await peerPackages("sdks");
  });
  beforeEach(async () => {
    store = new DisposableStore();
    server = store.add(await ScriptedServer.start());
    server.otherwise = { status: 201, body: "" };
  });
  afterEach(() => store.dispose());
  const portsWith = (secret: string) =>
    destinationPorts(store, { name: "test", secret, exportRun: (id) => Promise.resolve(exportedRun(id)) });
  const headersOf = ({ headers }: ScriptedRequest, names: readonly string[]) => names.map((name) => headers[name]);

  it("by Shared Key are those of the official SDK, for the very requests that it sends", async () => {
    const { BlockBlobClient, StorageSharedKeyCredential } = (await officialSdk("@azure/storage-blob")) as BlobSdk;
    const account = "work";
    const key = Buffer.from("the key of an account").toString("base64");
    for (const name of ["a.json", "a b+c/ä'(x)*!/%25.json"]) {
      const blob = `${server.url}/runs/${name.split("/").map(encodeURIComponent).join("/")}`;
      const client = new BlockBlobClient(blob, new StorageSharedKeyCredential(account, key));
      await client.upload(Buffer.from('{"a":1}'), 7, {
        conditions: { ifNoneMatch: "*" },
        blobHTTPHeaders: { blobContentType: "application/json", blobContentEncoding: "gzip" },
      });
      const { method, url, headers, body } = server.at(-1);
      const { authorization, "x-ms-date": date = "", ...rest } = headers;
      const given = Object.entries(rest).filter(([header]) => !["host", "connection"].includes(header));
      const unsigned: Record<string, string> = {};
      for (const [header, value] of given) if (value !== undefined) unsigned[header] = value;
      assert.equal(method, "PUT");
      const request = { method: "PUT", url: new URL(url, server.url), headers: unsigned, body } as const;
      assert.equal(signSharedKey(request, { account, key }, Date.parse(date)).headers["authorization"], authorization);
    }
  });

  it("put a blob with the headers that the official SDK gives it", async () => {
    const { BlockBlobClient, StorageSharedKeyCredential } = (await officialSdk("@azure/storage-blob")) as BlobSdk;
    const key = Buffer.from("the key of an account").toString("base64");
    const element = { name: "test", kind: "azure-blob", account: "work", container: "runs", endpoint: server.url };
    await store.add(createAzureBlob(azureBlobSchema.parse(element), portsWith(key))).send([runEnd()], signal);
    const ours = server.at(0);
    const client = new BlockBlobClient(server.url + ours.url, new StorageSharedKeyCredential("work", key));
    await client.upload(ours.body, ours.body.length, { conditions: { ifNoneMatch: "*" } });
    const theirs = server.at(1);
    assert.deepEqual([ours.method, ours.url, ours.body], [theirs.method, theirs.url, theirs.body]);
    const names = ["x-ms-blob-type", "if-none-match", "content-length"];
    assert.deepEqual(headersOf(ours, names), headersOf(theirs, names));
  });

  it("put an object with the headers that the official SDK for S3 gives it", async () => {
    const { S3Client, PutObjectCommand } = (await officialSdk("@aws-sdk/client-s3")) as S3Sdk;
    server.otherwise = { status: 200, body: "" };
    const credentials = { accessKeyId: "AKID", secretAccessKey: "key" };
    const element = { name: "test", kind: "s3", bucket: "runs", region: "eu-west-1", endpoint: server.url };
    const settings = s3Schema.parse({ ...element, prefix: "a b+ä", auth: { kind: "secret" } });
    await store.add(createS3(settings, portsWith(JSON.stringify(credentials)))).send([runEnd()], signal);
    const ours = server.at(0);
    const client = new S3Client({
      region: "eu-west-1",
      endpoint: server.url,
      forcePathStyle: true,
      credentials,
      maxAttempts: 1,
    });
    const Key = decodeURIComponent(new URL(ours.url, server.url).pathname.replace("/runs/", ""));
    const put = { Bucket: "runs", Key, Body: ours.body, ContentType: "application/json", IfNoneMatch: "*" };
    await client.send(new PutObjectCommand({ ...put, ChecksumAlgorithm: "SHA256" }));
    const theirs = server.at(1);
    assert.equal(theirs.url.replace(/[?&]x-id=\w+/, ""), ours.url);
    const names = ["content-type", "if-none-match", "x-amz-content-sha256", "x-amz-checksum-sha256"];
    assert.deepEqual(headersOf(ours, names), headersOf(theirs, names));
  });

  it("of a service account of Google are those of the official library", async () => {
    const { JWT } = (await officialSdk("google-auth-library")) as GoogleSdk;
    const email = "exports@kiro.iam.gserviceaccount.com";
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const scope = "https://www.googleapis.com/auth/devstorage.read_write";
    const client = new JWT({ email, key, keyId: "key-1", scopes: [scope] });
    Object.assign(client, { useJWTAccessWithScope: true });
    const headers = new Headers(await client.getRequestHeaders());
    const theirs = headers.get("authorization")?.replace("Bearer ", "") ?? "";
    const claims: unknown = JSON.parse(Buffer.from(theirs.split(".")[1] ?? "", "base64url").toString());
    assert.ok(typeof claims === "object" && claims !== null && "iat" in claims);
    const account = {
      type: "service_account",
      client_email: email,
      private_key: key,
      private_key_id: "key-1",
    } as const;
    const given = { ...account, token_uri: "https://oauth2.googleapis.com/token" };
    const ours = serviceAccountJwt(given, { sub: email, scope }, Number(claims.iat) * 1000);
    const partsOf = (jwt: string): unknown[] =>
      jwt
        .split(".")
        .slice(0, 2)
        .map((part): unknown => JSON.parse(Buffer.from(part, "base64url").toString()));
    assert.deepEqual(partsOf(ours), partsOf(theirs));
  });
});
