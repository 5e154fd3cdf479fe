import { DynamoPeer } from "./peers/dynamoPeer.ts";
import { S3Peer } from "./peers/s3Peer.ts";
import { WebhookPeer } from "./peers/webhookPeer.ts";

const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;

/** A webhook, a store of objects and a store of records, which are servers of others. */
export class ThreePeers implements AsyncDisposable {
  readonly hook: WebhookPeer;
  readonly objects: S3Peer;
  readonly records: DynamoPeer;

  private constructor(hook: WebhookPeer, objects: S3Peer, records: DynamoPeer) {
    this.hook = hook;
    this.objects = objects;
    this.records = records;
  }

  static async start(): Promise<ThreePeers> {
    return new ThreePeers(await WebhookPeer.start({ secret }), await S3Peer.start(), await DynamoPeer.start());
  }

  /** The elements of the setting. */
  destinations(content: "none" | "output" | "all" = "none"): object[] {
    const { hook, objects, records } = this;
    const auth = { kind: "secret" };
    const s3 = { bucket: objects.bucket, region: objects.account.region, endpoint: objects.endpoint.href, auth };
    const dynamodb = { table: records.table, region: records.account.region, endpoint: records.endpoint.href, auth };
    return [
      { name: "hook", kind: "webhook", content, url: hook.url.href, events: ["*"], batch: 100 },
      { name: "objects", kind: "s3", content, ...s3 },
      { name: "records", kind: "dynamodb", content, ...dynamodb },
    ];
  }

  /** The secrets, by the names of the destinations. */
  get secrets(): Record<string, string> {
    const { objects, records } = this;
    return { hook: secret, objects: JSON.stringify(objects.account), records: JSON.stringify(records.account) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hook[Symbol.asyncDispose]();
    await this.objects[Symbol.asyncDispose]();
    await this.records[Symbol.asyncDispose]();
  }
}
