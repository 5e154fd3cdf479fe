import { join } from "node:path";
import { type AwsAccount, callAws } from "../peers/awsCall.ts";
import { unpackedEnvironment } from "./debianPackages.ts";
import { PeerProcess } from "./peerProcess.ts";

/**
 * A store that speaks S3 on loopback (OpenStack Swift). It checks signatures of any request and any key, and answers 501 to a
 * condition (`If-None-Match`) on writing.
 */
export class SwiftPeer implements AsyncDisposable {
  readonly account: AwsAccount = { accessKeyId: "test:tester", secretAccessKey: "testing", region: "us-east-1" };
  readonly bucket = "runs";
  readonly #process: PeerProcess;

  private constructor(running: PeerProcess) {
    this.#process = running;
  }

  /** @param packages from `findSwift` */
  static async start(packages: string): Promise<SwiftPeer> {
    const program = join(import.meta.dirname, "programs/swiftMain.py");
    const running = await PeerProcess.start({
      command: "/usr/bin/python3",
      args: () => [program, join(packages, "usr/bin/memcached")],
      env: unpackedEnvironment(packages),
      ready: /^listening on (\d+)$/,
    });
    const peer = new SwiftPeer(running);
    await running.orStop(peer.#call("PUT", ""));
    return peer;
  }

  /** For path style. */
  get endpoint(): URL {
    return this.#process.url;
  }

  /** Returns the keys of all objects, sorted. */
  async keys(): Promise<readonly string[]> {
    const text = await (await this.#call("GET", "?list-type=2&encoding-type=url")).text();
    return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)]
      .map(([, key = ""]) => new URLSearchParams(`key=${key}`).get("key") ?? "")
      .toSorted();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }

  async #call(method: string, query: string): Promise<Response> {
    const url = new URL(`/${this.bucket}${query}`, this.endpoint);
    const answer = await callAws({ method, url, service: "s3" }, this.account);
    if (!answer.ok) throw new Error(`Swift answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }
}
