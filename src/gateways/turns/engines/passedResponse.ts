import type { RawHead } from "../../../core/models/modelCall.ts";
import type { Answer } from "../../../server/http/answers.ts";
import { drainOf, sent, UNBUFFERED } from "../eventStream.ts";

/** The end of a stream of events at which another event may follow. */
const END_OF_EVENT = /\r?\n\r?\n$/;
const LONGEST_END = 4;
/** The IDs of the vendor's own, which would hide those of the bridge. */
const REQUEST_IDS = new Set(["request-id", "x-request-id"]);

/** The response of a vendor on its way to a client, at the pace of the client. */
export class PassedResponse {
  readonly #response: Answer;
  readonly #ready: Promise<void>;
  #head: RawHead | undefined;
  #tail = "\n\n";

  /** @param ready resolves when the headers of the bridge are set */
  constructor(response: Answer, ready: Promise<void>) {
    this.#response = response;
    this.#ready = ready;
  }

  get status(): number | undefined {
    return this.#head?.status;
  }

  /** Takes the head of the vendor, which is sent at once. */
  takeHead(head: RawHead): void {
    this.#head = head;
    void this.#ready.then(() => this.#sendHead(head)).catch(() => undefined);
  }

  /** Resolves when the client takes more, or has gone. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#ready;
    if (this.#head === undefined || this.#isRejection || this.#response.destroyed) return;
    this.#sendHead(this.#head);
    const text = Buffer.from(bytes.subarray(-LONGEST_END)).toString("latin1");
    this.#tail = (this.#tail + text).slice(-LONGEST_END);
    if (!this.#response.write(bytes)) await drainOf(this.#response);
  }

  /** Resolves with true when the client has got everything. */
  async end(): Promise<boolean> {
    return await sent(this.#response, () => this.#response.end());
  }

  /** Ends a response that has begun and cannot be completed: with an event, or else by closing the connection. */
  async breakOff(event: string): Promise<void> {
    if (this.#isStream && END_OF_EVENT.test(this.#tail)) await sent(this.#response, () => this.#response.end(event));
    else this.#response.destroy();
  }

  /** True if the vendor rejects the key of the engine. Clients would take it for theirs. */
  get #isRejection(): boolean {
    return this.#head?.status === 401;
  }

  get #isStream(): boolean {
    return this.#head?.headers["content-type"]?.includes("event-stream") === true;
  }

  #sendHead({ status, headers }: RawHead): void {
    const response = this.#response;
    if (response.headersSent || response.destroyed || this.#isRejection) return;
    for (const [name, value] of Object.entries(headers)) {
      response.setHeader(REQUEST_IDS.has(name) ? "x-kiro-vendor-request-id" : name, value);
    }
    response.writeHead(status, this.#isStream ? UNBUFFERED : {});
    response.flushHeaders();
  }
}
