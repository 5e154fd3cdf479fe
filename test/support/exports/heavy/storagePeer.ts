import { peerPackages } from "./peerPackages.ts";
import { PeerProcess } from "./peerProcess.ts";

/**
 * Cloud Storage of Google on loopback (the emulator of firebase-tools). It checks no token and no precondition, and has each
 * bucket that is named.
 */
export class StoragePeer implements AsyncDisposable {
  readonly #process: PeerProcess;

  private constructor(running: PeerProcess) {
    this.#process = running;
  }

  static async start(): Promise<StoragePeer> {
    return new StoragePeer(await PeerProcess.startOwn("storageMain.ts", await peerPackages("firebase")));
  }

  get endpoint(): URL {
    return this.#process.url;
  }

  /** Returns an object by the JSON API; undefined if there is none. */
  async read(bucket: string, name: string): Promise<Buffer | undefined> {
    const path = `/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}?alt=media`;
    const answer = await fetch(new URL(path, this.endpoint), { headers: { authorization: "Bearer owner" } });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`The emulator answered ${answer.status}: ${await answer.text()}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}
