import { type CloudEventFunction, cloudEvent, http, type HttpFunction } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { closeServer, listenOnLoopback } from "./loopback.ts";

/** The identity of callers, which Cloud Run checks in front of the function. */
export interface IdTokenCheck {
  /** Where the public keys of the issuer are. */
  readonly keys: URL;
  readonly audience: string;
}

let functions = 0;

/**
 * A cloud function on loopback, in the runtime that Google Cloud uses (@google-cloud/functions-framework). The check of ID
 * tokens in front of it is ours.
 */
export class FunctionPeer implements AsyncDisposable {
  readonly url: URL;
  readonly #server: Server;

  private constructor(server: Server, url: URL) {
    this.#server = server;
    this.url = url;
  }

  /** Starts a function for CloudEvents, binary or structured. One that throws is a 500. */
  static startForEvents(run: CloudEventFunction, check?: IdTokenCheck): Promise<FunctionPeer> {
    return FunctionPeer.#start((name) => cloudEvent(name, run), check);
  }

  /** Starts a function for requests. */
  static startForRequests(run: HttpFunction, check?: IdTokenCheck): Promise<FunctionPeer> {
    return FunctionPeer.#start((name) => http(name, run), check);
  }

  static async #start(register: (name: string) => void, check: IdTokenCheck | undefined): Promise<FunctionPeer> {
    const name = `function-${++functions}`;
    register(name);
    const inner = getTestServer(name);
    const server = check === undefined ? inner : guardedBy(check, inner);
    return new FunctionPeer(server, await listenOnLoopback(server));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return closeServer(this.#server);
  }
}

function guardedBy(check: IdTokenCheck, inner: Server): Server {
  const keys = createRemoteJWKSet(check.keys);
  const isAllowed = async ({ headers: { authorization = "" } }: IncomingMessage): Promise<boolean> => {
    const token = /^Bearer (.+)$/.exec(authorization)?.[1] ?? "";
    return jwtVerify(token, keys, { audience: check.audience }).then(
      () => true,
      () => false,
    );
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (await isAllowed(request)) inner.emit("request", request, response);
    else response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end("Unauthorized");
  };
  return createServer((request, response) => void respond(request, response));
}
