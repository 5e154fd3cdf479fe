import { KiroBridgeError } from "../errors.ts";
import type { Calls } from "../http/calls.ts";
import type { Endpoint } from "../http/endpoint.ts";
import { KiroBridgeSocket, type KiroBridgeSocketOptions } from "./kiroBridgeSocket.ts";
import { type OpenSocket, openSocket } from "./openSocket.ts";
import type { WebSocketClass } from "./webSocketClass.ts";

export interface ConnectOptions extends KiroBridgeSocketOptions {
  /**
   * In place of the token: a ticket for the first connection only, or a function that returns one for each connection.
   * After the first, a client without a function uses its token.
   */
  readonly ticket?: string | (() => string | Promise<string>) | undefined;
  /** By default the one of the platform, which Node has since version 22. */
  readonly WebSocket?: WebSocketClass | undefined;
}

interface ConnectDeps {
  readonly calls: Calls;
  readonly endpoint: Endpoint;
}

/** No events are sent until there is a subscription. */
const PATH = "/ws?types=connection-ready";

/**
 * Connects to the bridge.
 * @throws KiroBridgeError if it cannot be reached, or refuses the connection
 */
export async function connectSocket(
  deps: ConnectDeps,
  { ticket, WebSocket = globalThis.WebSocket, ...options }: ConnectOptions,
): Promise<KiroBridgeSocket> {
  // Node 20 has none, whatever the types say.
  if (typeof WebSocket !== "function") {
    const message = 'This platform has no WebSocket: pass a class as the option "WebSocket", as of the package ws.';
    throw new KiroBridgeError("CONFIGURATION_ERROR", message);
  }
  const opener = new SocketOpener(deps, WebSocket, ticket);
  const socket = new KiroBridgeSocket({ calls: deps.calls, open: (signal) => opener.open(signal) }, options);
  try {
    return await socket.ready();
  } catch (error) {
    await socket.close();
    throw error;
  }
}

/** Opens the WebSockets of one client, one after the other. */
class SocketOpener {
  readonly #deps: ConnectDeps;
  readonly #class: WebSocketClass;
  #ticket: ConnectOptions["ticket"];

  constructor(deps: ConnectDeps, webSocketClass: WebSocketClass, ticket: ConnectOptions["ticket"]) {
    this.#deps = deps;
    this.#class = webSocketClass;
    this.#ticket = ticket;
  }

  async open(signal: AbortSignal): Promise<OpenSocket> {
    const { endpoint } = this.#deps;
    const ticket = await this.#takeTicket();
    const token = await endpoint.token();
    try {
      return await this.#openWith(ticket, token, signal);
    } catch (error) {
      signal.throwIfAborted();
      endpoint.reached(false);
      if (ticket !== undefined && token === undefined) throw error;
      await this.#explain(signal);
      // Asking for the reason has found another token.
      const renewed = await endpoint.token();
      if (ticket !== undefined || renewed === token) throw error;
      return await this.#openWith(undefined, renewed, signal);
    }
  }

  async #openWith(ticket: string | undefined, token: string | undefined, signal: AbortSignal): Promise<OpenSocket> {
    const { endpoint } = this.#deps;
    const { url } = endpoint;
    const address = `${url.replace(/^http/, "ws")}${PATH}${ticket === undefined ? "" : `&ticket=${encodeURIComponent(ticket)}`}`;
    const protocols = ["kiro-bridge", ...(ticket === undefined && token !== undefined ? [`bearer.${token}`] : [])];
    const socket = await openSocket(address, protocols, { WebSocket: this.#class, signal });
    endpoint.reached(true);
    // The next token is for a bridge that has proved itself again: another server may listen there by then.
    void socket.closed.then(() => endpoint.reached(false));
    return socket;
  }

  /** A WebSocket does not say why it was refused, but a request does. @throws KiroBridgeError the reason, if there is one */
  async #explain(signal: AbortSignal): Promise<void> {
    await this.#deps.calls.json({ method: "GET", path: "/api/kiro/access/me" }, { signal }, {});
  }

  async #takeTicket(): Promise<string | undefined> {
    if (typeof this.#ticket === "function") return await this.#ticket();
    const ticket = this.#ticket;
    this.#ticket = undefined;
    return ticket;
  }
}
