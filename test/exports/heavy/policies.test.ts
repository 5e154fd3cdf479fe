import assert from "node:assert/strict";
import * as z from "zod";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { createS3, s3Schema } from "../../../src/exports/archive/s3.ts";
import type { Destination } from "../../../src/exports/delivery/destination.ts";
import { createDynamodb, dynamodbSchema } from "../../../src/exports/records/dynamodb.ts";
import { exportedRun, RUN_ID, runEnd } from "../../support/exports/archivedRuns.ts";
import { destinationPorts } from "../../support/exports/destinationPorts.ts";
import { docsBlock } from "../../support/exports/docsBlock.ts";
import { failsWith } from "../../support/exports/failsWith.ts";
import { describePeer } from "../../support/exports/heavy/describePeer.ts";
import { findMoto } from "../../support/exports/heavy/findPrograms.ts";
import { MotoPeer } from "../../support/exports/heavy/motoPeer.ts";
import { officialSdk, peerPackages } from "../../support/exports/heavy/peerPackages.ts";
import { type AwsAccount, callAws } from "../../support/exports/peers/awsCall.ts";

const INSTALL_TIMEOUT_MS = 900_000;
const { signal } = new AbortController();

/** The parts of @aws-sdk/client-s3 that are used here. */
interface S3Sdk {
  readonly S3Client: new (options: object) => { send(command: object): Promise<unknown> };
  readonly PutBucketLifecycleConfigurationCommand: new (parameters: object) => object;
  readonly GetBucketLifecycleConfigurationCommand: new (parameters: object) => object;
}

/**
 * The policies of the guide, for accounts that have no other one. moto applies policies, but it has another name for calling
 * functions, and takes the signatures of no list.
 */
describePeer("The policies of the guide to exports", await findMoto(), (program) => {
  let peer: MotoPeer;
  let store: DisposableStore;
  before(async function () {
    this.timeout(INSTALL_TIMEOUT_MS);
    await peerPackages("sdks");
  });
  beforeEach(async () => {
    peer = await MotoPeer.start(program);
    store = new DisposableStore();
  });
  afterEach(async () => {
    await store.dispose();
    await peer[Symbol.asyncDispose]();
  });

  const portsOf = (account: AwsAccount) => {
    const exportRun = (id: string) => Promise.resolve(exportedRun(id));
    return destinationPorts(store, { name: "test", secret: JSON.stringify(account), exportRun });
  };
  const common = () => ({
    name: "test",
    region: peer.account.region,
    endpoint: peer.endpoint.href,
    auth: { kind: "secret" },
  });
  const archive = (account: AwsAccount, prefix = "kiro/laptop"): Destination => {
    const settings = s3Schema.parse({ ...common(), kind: "s3", bucket: peer.bucket, prefix });
    return store.add(createS3(settings, portsOf(account)));
  };

  it("let an archive in S3 write and read below its prefix, and do nothing else", async () => {
    const policy = docsBlock("s3-policy").replaceAll("arn:aws:s3:::kiro-runs", `arn:aws:s3:::${peer.bucket}`);
    const account = await peer.accountWith(policy);
    const destination = archive(account);
    assert.deepEqual(await destination.send([runEnd()], signal), { outcome: "stored" });
    assert.equal((await destination.test(signal)).outcome, "stored");
    assert.equal((await destination.archive?.read(RUN_ID, signal))?.execution.id, RUN_ID);
    await failsWith("blocked", archive(account, "elsewhere").send([runEnd()], signal), /403.*s3:PutObject/);
    const url = new URL(`/${peer.bucket}/kiro/laptop/2026-11-28/${RUN_ID}.json`, peer.endpoint);
    assert.equal((await callAws({ method: "DELETE", url, service: "s3" }, account)).status, 403);
  });

  it("let records be written to DynamoDB, and not read", async () => {
    // It compares resources of S3 only.
    const account = await peer.accountWith(docsBlock("dynamodb-policy").replace(/"arn:aws:[^"]+"/, '"*"'));
    const settings = dynamodbSchema.parse({ ...common(), kind: "dynamodb", table: peer.table });
    const destination = store.add(createDynamodb(settings, portsOf(account)));
    assert.deepEqual(await destination.send([runEnd()], signal), { outcome: "stored" });
    assert.equal((await destination.test(signal)).outcome, "stored");
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.Scan" };
    const body = JSON.stringify({ TableName: peer.table });
    const scan = { method: "POST", url: peer.endpoint, service: "dynamodb", headers, body };
    assert.equal((await callAws(scan, account)).status, 403);
  });

  it("go with a lifecycle that S3 takes", async () => {
    const sdk = (await officialSdk("@aws-sdk/client-s3")) as S3Sdk;
    const { accessKeyId, secretAccessKey, region } = peer.account;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new sdk.S3Client({ region, credentials, endpoint: peer.endpoint.href, forcePathStyle: true });
    const LifecycleConfiguration = z
      .object({ Rules: z.array(z.unknown()) })
      .parse(JSON.parse(docsBlock("s3-lifecycle")));
    const Bucket = peer.bucket;
    await client.send(new sdk.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
    const kept = (await client.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket }))) as { Rules: unknown };
    assert.deepEqual(kept.Rules, LifecycleConfiguration.Rules);
  });
});
