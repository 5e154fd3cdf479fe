import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";
import { messageOf } from "../../../../src/protocol/errors.ts";
import { until } from "../../until.ts";
import { closeServer, listenOnLoopback } from "./loopback.ts";

/** A call that the receiver has got. */
export interface WebhookCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Why the library did not believe it. Undefined if the signature is right. */
  readonly distrust: string | undefined;
}

interface WebhookReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface WebhookPeerOptions {
  /** `whsec_…`: the library `standardwebhooks` verifies each call with it, and others get a 401. */
  readonly secret?: string;
  /** Answers calls that are believed. Default: 204. */
  readonly reply?: (call: WebhookCall) => WebhookReply | Promise<WebhookReply>;
}

/** A receiver of webhooks on loopback, which verifies by the library of Standard Webhooks. */
export class WebhookPeer implements AsyncDisposable {
  readonly calls: WebhookCall[] = [];
  readonly #options: WebhookPeerOptions;
  readonly #server = createServer((request, response) => void this.#respond(request, response));
  #url: URL | undefined;

  private constructor(options: WebhookPeerOptions) {
    this.#options = options;
  }

  static async start(options: WebhookPeerOptions = {}): Promise<WebhookPeer> {
    const peer = new WebhookPeer(options);
    peer.#url = new URL("/hook", await listenOnLoopback(peer.#server));
    return peer;
  }

  get url(): URL {
    if (this.#url === undefined) throw new Error("The receiver does not listen.");
    return this.#url;
  }

  /** Waits until as many calls have come. */
  async received(count: number): Promise<readonly WebhookCall[]> {
    await until(() => this.calls.length >= count, `${count} calls of the webhook`);
    return this.calls;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return closeServer(this.#server);
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const call: WebhookCall = { headers, body, distrust: this.#distrust(body, headers) };
    this.calls.push(call);
    const { reply } = this.#options;
    const answer: WebhookReply =
      call.distrust === undefined ? ((await reply?.(call)) ?? { status: 204 }) : { status: 401, body: call.distrust };
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  #distrust(body: string, headers: Readonly<Record<string, string>>): string | undefined {
    if (this.#options.secret === undefined) return undefined;
    try {
      new Webhook(this.#options.secret).verify(body, headers);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }
}
