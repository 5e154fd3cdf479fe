import { createServer, request as createRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { closeServer, listenOnLoopback } from "../peers/loopback.ts";

/** A request as it came: the line and the headers, and the body, which may be compressed. */
export interface RecordedRequest {
  readonly head: Buffer;
  readonly body: Buffer;
}

/** A proxy in front of a peer, which passes requests on as they are, and records them. */
export class RecordingProxy implements AsyncDisposable {
  readonly requests: RecordedRequest[] = [];
  readonly #target: URL;
  readonly #server = createServer((request, response) => void this.#pass(request, response));
  #url: URL | undefined;

  private constructor(target: URL) {
    this.#target = target;
  }

  static async start(target: URL): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(target);
    proxy.#url = new URL(target.pathname, await listenOnLoopback(proxy.#server));
    return proxy;
  }

  /** With the path of the peer. */
  get url(): URL {
    if (this.#url === undefined) throw new Error("The proxy does not listen.");
    return this.#url;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return closeServer(this.#server);
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of incoming) pieces.push(Buffer.from(piece));
    } catch {
      return;
    }
    const { method = "GET", url = "/", rawHeaders } = incoming;
    const body = Buffer.concat(pieces);
    this.requests.push({ head: Buffer.from([`${method} ${url}`, ...rawHeaders].join("\n")), body });
    // With the address of the proxy as the host, which is signed.
    const sent = createRequest(new URL(url, this.#target), { method, headers: rawHeaders });
    sent.on("error", () => response.destroy());
    sent.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.on("error", () => response.destroy());
      answer.pipe(response);
    });
    sent.end(body);
  }
}
