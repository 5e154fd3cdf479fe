import { createServer, type IncomingMessage, request as forward, type Server, type ServerResponse } from "node:http";
import { closeServer, listenOnLoopback } from "../exports/peers/loopback.ts";
import type { PeerProcess } from "../exports/heavy/peerProcess.ts";
import type { JobIdentity } from "./jobIdentity.ts";
import { createUser, startVerdaccio } from "./verdaccio.ts";

const EXCHANGE = "/-/npm/v1/oidc/token/exchange/package/";

/**
 * A registry of npm packages: verdaccio, and before it the exchange of a job's identity for a token, which it lacks. The exchange
 * knows jobs in the environment `npm`.
 */
export class NpmRegistry implements AsyncDisposable {
  readonly url: URL;
  /** The uploads that have arrived. */
  uploads = 0;
  /** Set to lose the response to each upload. */
  losesResponses = false;
  readonly #server: Server;
  readonly #verdaccio: PeerProcess;
  readonly #token: string;
  #identity: JobIdentity | undefined;

  private constructor(server: Server, url: URL, verdaccio: PeerProcess, token: string) {
    this.#server = server;
    this.url = url;
    this.#verdaccio = verdaccio;
    this.#token = token;
  }

  static async start(): Promise<NpmRegistry> {
    const verdaccio = await startVerdaccio();
    return verdaccio.orStop(
      (async () => {
        const token = await createUser(verdaccio.url);
        const server = createServer();
        const registry = new NpmRegistry(server, await listenOnLoopback(server), verdaccio, token);
        server.on("request", (request, response) => void registry.#answer(request, response));
        return registry;
      })(),
    );
  }

  /** Has the registry trust the jobs that have this identity. */
  trust(identity: JobIdentity): void {
    this.#identity = identity;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "POST" && request.url?.startsWith(EXCHANGE) === true) {
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
      const audience = `npm:${this.url.hostname}`;
      const isTrusted = (await this.#identity?.isProvenBy(token, audience, "npm")) === true;
      response.writeHead(isTrusted ? 201 : 401, { "Content-Type": "application/json" });
      response.end(JSON.stringify(isTrusted ? { token: this.#token } : { message: "not a trusted publisher" }));
      return;
    }
    const isUpload = request.method === "PUT";
    if (isUpload) this.uploads += 1;
    const { hostname, port } = this.#verdaccio.url;
    const { method, url: path, headers } = request;
    const onward = forward({ hostname, port, method, path, headers }, (answer) => {
      if (isUpload && this.losesResponses) {
        answer.resume().once("end", () => response.writeHead(502).end());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.once("error", () => response.destroy());
    request.pipe(onward);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server);
    await this.#verdaccio[Symbol.asyncDispose]();
  }
}
