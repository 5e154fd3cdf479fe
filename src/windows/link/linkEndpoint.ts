import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import type { Clock } from "../../base/clock.ts";
import { within } from "../../base/deadline.ts";
import type { Logger } from "../../base/logger.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import type { WindowRecord } from "../../protocol/status.ts";
import { CLOSE_HANDSHAKE_MS } from "../../server/events/closeReason.ts";
import { createWebSocketServer } from "../../server/events/webSocketServer.ts";
import { guarded } from "../../server/http/resource.ts";
import type { UpgradeRoute } from "../../server/listen/upgradeHandler.ts";
import type { SocketEndpoint } from "../../server/serverModule.ts";
import { isLinkConnection } from "../../server/windows/linkConnections.ts";
import { Conversation, HungUp } from "./conversation.ts";
import {
  answerSchema,
  challengeSchema,
  commonVersion,
  HANDSHAKE_MS,
  helloSchema,
  isSameProof,
  LINK_PATH,
  newNonce,
  proofOf,
  Refusal,
  type Transcript,
} from "./handshake.ts";
import type { StreamLink } from "./link.ts";
import type { LinkKey } from "./linkKey.ts";
import { LINK_VERSIONS } from "./messages.ts";
import { afterWaiting } from "./patience.ts";
import { MAX_MESSAGE_BYTES, WebSocketLink } from "./webSocketLink.ts";

const MAX_LINKS = 64;
const MAX_HANDSHAKES = 16;

export interface LinkEndpointDeps {
  readonly key: Pick<LinkKey, "get">;
  readonly self: () => WindowRecord;
  /** Returns true while this window owns the address, and that is certain. */
  readonly mayAccept: () => boolean;
  readonly onLink: (link: StreamLink) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The WebSocket endpoint `/link` (docs/decisions/one-address.md#the-link): accepts the links of other windows of this user,
 * after both ends have proved that they have the key.
 */
export class LinkEndpoint implements SocketEndpoint {
  readonly paths = [LINK_PATH];
  readonly #deps: LinkEndpointDeps;
  readonly #server = createWebSocketServer({ maxPayload: MAX_MESSAGE_BYTES, handleProtocols: () => false });
  readonly #handshakes = new Set<WebSocket>();
  /** By the ID of the window. */
  readonly #links = new Map<string, WebSocketLink>();
  readonly #closing = new Set<Promise<void>>();

  constructor(deps: LinkEndpointDeps) {
    this.#deps = deps;
  }

  /**
   * Takes over an upgrade that no web page has made. The other end is authenticated by the handshake.
   * @throws BridgeError NOT_FOUND for a request that came over a link; RATE_LIMIT_EXCEEDED for too many handshakes
   */
  readonly upgrade = guarded("public", (...[request, socket, head]: Parameters<UpgradeRoute>) => {
    if (isLinkConnection(socket)) throw new BridgeError("NOT_FOUND", "There is no link through another window.");
    if (this.#handshakes.size >= MAX_HANDSHAKES) throw new BridgeError("RATE_LIMIT_EXCEEDED");
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#trackEnd(webSocket);
      void this.#greet(new Conversation(webSocket, socket), addressCalled(request));
    });
  });

  /** Ends all links and handshakes; within half a second. */
  async dispose(): Promise<void> {
    for (const webSocket of this.#handshakes) webSocket.terminate();
    for (const link of this.#links.values()) link.end("closed", "The bridge stops.");
    await within(Promise.all(this.#closing), 2 * CLOSE_HANDSHAKE_MS, undefined);
  }

  #trackEnd(webSocket: WebSocket): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closing.add(promise);
    webSocket.once("close", () => {
      this.#closing.delete(promise);
      resolve();
    });
  }

  async #greet(conversation: Conversation, address: string | undefined): Promise<void> {
    const { clock, logger, onLink } = this.#deps;
    const { webSocket } = conversation;
    this.#handshakes.add(webSocket);
    const deadline = afterWaiting(clock, HANDSHAKE_MS, () => webSocket.terminate());
    try {
      onLink(await this.#linkWith(conversation, address));
    } catch (error) {
      if (error instanceof HungUp) return;
      const refusal = error instanceof Refusal ? error : new Refusal("protocol", "This message is not valid.");
      logger.debug("A link of another window was refused", { reason: refusal.reason, detail: messageOf(error) });
      conversation.refuse(refusal);
      // Ends with the deadline unless the other end closes before.
      await closed(webSocket);
    } finally {
      void deadline.dispose();
      this.#handshakes.delete(webSocket);
    }
  }

  /** @throws Refusal, HungUp, SyntaxError, ZodError */
  async #linkWith(conversation: Conversation, address: string | undefined): Promise<WebSocketLink> {
    const { self, clock, logger } = this.#deps;
    const { type: _, ...member } = helloSchema.parse(await conversation.receive());
    if (address === undefined) throw new Refusal("protocol", "This is not the port that was called.");
    const key = await this.#key();
    const owner = { versions: LINK_VERSIONS, windowId: self().id, nonce: newNonce() };
    const transcript: Transcript = { member, owner, address };
    conversation.send(challengeSchema.parse({ type: "challenge", ...owner, proof: proofOf(key, "owner", transcript) }));
    const { proof, window } = answerSchema.parse(await conversation.receive());
    if (!isSameProof(proof, proofOf(key, "member", transcript)))
      throw new Refusal("bad-proof", "The proof of the key is not correct.");
    if (window.id !== member.windowId) throw new Refusal("protocol", "The window has another ID than before.");
    const version = this.#versionFor(transcript);
    conversation.send({ type: "welcome", version, window: self() });
    const { webSocket, stream } = conversation;
    const received = conversation.release();
    const parts = { webSocket, stream, received, clock, logger };
    const link = new WebSocketLink({ ...parts, peer: window, version, isOwner: true });
    this.#links.set(window.id, link);
    link.onDidEnd(() => this.#links.delete(window.id));
    return link;
  }

  async #key(): Promise<Buffer> {
    const { key, logger } = this.#deps;
    try {
      return await key.get();
    } catch (error) {
      logger.warn("The key of the link between windows cannot be used", { error: messageOf(error) });
      throw new Refusal("no-key", "The window cannot read the key of the link.");
    }
  }

  /** Decides about a window that has proved itself. @throws Refusal */
  #versionFor({ member, owner }: Transcript): number {
    const version = commonVersion(member.versions, owner.versions);
    if (version === undefined) {
      const { oldest, newest } = owner.versions;
      throw new Refusal("incompatible", `This window has the versions ${oldest} to ${newest} of the link.`);
    }
    if (!this.#deps.mayAccept()) throw new Refusal("not-owner", "This window does not have the address now.");
    if (member.windowId === owner.windowId || this.#links.has(member.windowId))
      throw new Refusal("duplicate", "There is another window with this ID.");
    if (this.#links.size >= MAX_LINKS) throw new Refusal("too-many", `There are ${MAX_LINKS} windows already.`);
    return version;
  }
}

function closed(webSocket: WebSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (webSocket.readyState === webSocket.CLOSED) resolve();
  else webSocket.once("close", () => resolve());
  return promise;
}

/**
 * Returns the address that the client has called, as its `Host` has it, or undefined if it called another port: a program
 * there that passes everything on. The guards have checked the name.
 */
function addressCalled({ headers: { host = "" }, socket: { localPort } }: IncomingMessage): string | undefined {
  const address = /:\d+$/.test(host) ? host.toLowerCase() : `${host.toLowerCase()}:80`;
  return address.endsWith(`:${localPort}`) ? address : undefined;
}
