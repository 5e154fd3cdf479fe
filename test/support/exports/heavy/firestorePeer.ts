import { freePort } from "../../programs/freePort.ts";
import { PeerProcess } from "./peerProcess.ts";

const MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore";

/** Firestore of Google on loopback (its emulator). It checks no permissions; a token that is no JWT is a 400. */
export class FirestorePeer implements AsyncDisposable {
  readonly project = "demo-kiro";
  readonly #process: PeerProcess;

  private constructor(running: PeerProcess) {
    this.#process = running;
  }

  /** @param jar from `findFirestore` */
  static async start(jar: string): Promise<FirestorePeer> {
    const port = await freePort();
    const running = await PeerProcess.start({
      command: "java",
      args: () => ["-cp", jar, MAIN, "--host=127.0.0.1", `--port=${port}`],
      ready: /Dev App Server is now running/,
      port,
    });
    return new FirestorePeer(running);
  }

  get endpoint(): URL {
    return this.#process.url;
  }

  /** Returns the documents of a collection, with their typed fields. */
  async documents(collection: string): Promise<readonly unknown[]> {
    const path = `/v1/projects/${this.project}/databases/(default)/documents/${collection}`;
    const answer = await fetch(new URL(path, this.endpoint), { headers: { authorization: "Bearer owner" } });
    const body = (await answer.json()) as { readonly documents?: readonly unknown[] };
    if (!answer.ok) throw new Error(`The emulator answered ${answer.status}: ${JSON.stringify(body)}`);
    return body.documents ?? [];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}
