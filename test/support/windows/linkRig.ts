import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { WindowRecord } from "../../../src/protocol/status.ts";
import { toBridgeError } from "../../../src/server/http/errorHandler.ts";
import { refuse } from "../../../src/server/listen/rawAnswers.ts";
import type { Dialed } from "../../../src/windows/address/addressPorts.ts";
import { dialLink, type DialOptions } from "../../../src/windows/link/dialLink.ts";
import type { StreamLink } from "../../../src/windows/link/link.ts";
import { LinkEndpoint, type LinkEndpointDeps } from "../../../src/windows/link/linkEndpoint.ts";
import type { LinkMessage } from "../../../src/windows/link/messages.ts";

export const KEY = Buffer.alloc(32, "a key");

export function keyOf(key: Buffer): { get(): Promise<Buffer> } {
  return { get: () => Promise.resolve(key) };
}

export function windowNamed(id: string): WindowRecord {
  return { id, pid: process.pid, editor: "Test", workspaceFolders: [`/${id}`] };
}

/** Listens on a free port of 127.0.0.1. */
export async function listenAnywhere(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return portOf(server);
}

function portOf(server: Server): number {
  const { port } = server.address() as AddressInfo;
  return port;
}

/** An owner with the endpoint of links, on a real port. */
export class LinkOwner {
  readonly endpoint: LinkEndpoint;
  readonly links: StreamLink[] = [];
  readonly sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #waiting: ((link: StreamLink) => void)[] = [];

  private constructor(deps: Partial<LinkEndpointDeps>, respond: RequestListener) {
    this.#server = createServer(respond);
    this.endpoint = new LinkEndpoint({
      key: keyOf(KEY),
      self: () => windowNamed("owner"),
      mayAccept: () => true,
      onLink: (link) => {
        this.links.push(link);
        this.#waiting.shift()?.(link);
      },
      clock: systemClock,
      logger: silentLogger,
      ...deps,
    });
    this.#server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.once("close", () => this.sockets.delete(socket));
    });
    this.#server.on("upgrade", (request, socket, head) => {
      try {
        this.endpoint.upgrade(request, socket, head);
      } catch (error) {
        refuse(socket, toBridgeError(error, silentLogger));
      }
    });
  }

  static async start(
    deps: Partial<LinkEndpointDeps> = {},
    respond: RequestListener = (_request, response) => response.end(),
  ): Promise<LinkOwner> {
    const owner = new LinkOwner(deps, respond);
    await listenAnywhere(owner.#server);
    return owner;
  }

  get port(): number {
    return portOf(this.#server);
  }

  nextLink(): Promise<StreamLink> {
    const { promise, resolve } = Promise.withResolvers<StreamLink>();
    this.#waiting.push(resolve);
    return promise;
  }

  async dispose(): Promise<void> {
    await this.endpoint.dispose();
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

export function dial(port: number, options: Partial<DialOptions> = {}): Promise<Dialed<StreamLink>> {
  return dialLink({
    host: "127.0.0.1",
    port,
    key: keyOf(KEY),
    self: () => windowNamed("member"),
    clock: systemClock,
    logger: silentLogger,
    timeoutMs: 60_000,
    ...options,
  });
}

/** Joins, and returns both ends. */
export async function joinOwner(
  owner: LinkOwner,
  options: Partial<DialOptions> = {},
): Promise<{ member: StreamLink; atOwner: StreamLink }> {
  const accepted = owner.nextLink();
  const dialed = await dial(owner.port, options);
  if (dialed.kind !== "joined") throw new Error(`not joined: ${JSON.stringify(dialed)}`);
  return { member: dialed.link, atOwner: await accepted };
}

/** Waits for the next message that is not a heartbeat. */
export function nextMessage(link: StreamLink): Promise<LinkMessage> {
  const { promise, resolve } = Promise.withResolvers<LinkMessage>();
  const listening = link.onDidReceive((message) => {
    if (message.type !== "beat") resolve(message);
  });
  return promise.finally(() => void listening.dispose());
}

/** A clock that never calls back, for links without heartbeats and deadlines. */
export const timeless: Clock = { now: () => 0, after: () => ({ dispose: () => undefined }) };
