import type { Server } from "node:http";
import S3rver from "@20minutes/s3rver";
import { removeFolder, temporaryFolder } from "../../temporaryFolder.ts";
import { type AwsAccount, callAws } from "./awsCall.ts";
import { addressOf, closeServer } from "./loopback.ts";

/**
 * A store that speaks S3 on loopback (@20minutes/s3rver). It checks signatures; it does not refuse to overwrite
 * (`If-None-Match`), takes anonymous requests, and compares no checksums.
 */
export class S3Peer implements AsyncDisposable {
  readonly account: AwsAccount = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER", region: "us-east-1" };
  readonly bucket: string;
  readonly #server: Server;
  readonly #folder: string;

  private constructor(server: Server, folder: string, bucket: string) {
    this.#server = server;
    this.#folder = folder;
    this.bucket = bucket;
  }

  static async start(bucket = "runs"): Promise<S3Peer> {
    const folder = await temporaryFolder();
    const store = new S3rver({
      directory: folder,
      address: "127.0.0.1",
      port: 0,
      silent: true,
      vhostBuckets: false,
      configureBuckets: [{ name: bucket }],
    });
    await store.run();
    return new S3Peer(store.httpServer, folder, bucket);
  }

  /** For path style. */
  get endpoint(): URL {
    return addressOf(this.#server);
  }

  /** Returns an object with its headers; undefined if there is none. */
  async read(key: string): Promise<{ readonly body: Buffer; readonly headers: Headers } | undefined> {
    const path = key.split("/").map(encodeURIComponent).join("/");
    const answer = await this.#get(new URL(`/${this.bucket}/${path}`, this.endpoint));
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`The store answered ${answer.status}: ${await answer.text()}`);
    return { body: Buffer.from(await answer.arrayBuffer()), headers: answer.headers };
  }

  /** Returns the keys of all objects, sorted. */
  async keys(): Promise<readonly string[]> {
    const answer = await this.#get(new URL(`/${this.bucket}?list-type=2`, this.endpoint));
    const text = await answer.text();
    if (!answer.ok) throw new Error(`The store answered ${answer.status}: ${text}`);
    return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key).toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server);
    await removeFolder(this.#folder);
  }

  #get(url: URL): Promise<Response> {
    return callAws({ method: "GET", url, service: "s3" }, this.account);
  }
}
