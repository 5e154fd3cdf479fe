import type { Duplex } from "node:stream";
import type { Disposable } from "../../base/disposables.ts";
import type { Event } from "../../base/events.ts";
import type { WindowRecord } from "../../protocol/status.ts";
import type { LinkMessage } from "./messages.ts";

/** The end of a link. */
export interface LinkEnd {
  /** `closed`: the other end closed it or its process ended. `silent`: no heartbeat in time. `protocol`: not valid. */
  readonly reason: "closed" | "silent" | "protocol";
  readonly detail: string;
}

/**
 * The connection of a member to the owner of the address, after both have proved that they have the secret of this user
 * (docs/decisions/one-address.md). Messages arrive in order, or the link ends.
 */
export interface Link extends Disposable {
  /** The window at the other end. */
  readonly peer: WindowRecord;
  /** The version that both ends use. */
  readonly version: number;
  /** Does nothing after the end. */
  send(message: LinkMessage): void;
  readonly onDidReceive: Event<LinkMessage>;
  /** Fires once. */
  readonly onDidEnd: Event<LinkEnd>;
  /** True while the other end has so much unread data that no further events should be sent. */
  readonly isBehind: boolean;
  /** Calls back once when the other end has caught up. */
  onceDrained(listener: () => void): void;
  /** Closes the link and all of its streams. `onDidEnd` fires with the reason. */
  end(reason: LinkEnd["reason"], detail: string): void;
}

/** A link that also carries byte streams: either end opens virtual connections, each with its own flow control. */
export interface StreamLink extends Link {
  /** Opens a connection to the other end. Fails with an `error` event if the link ends. */
  openStream(): Duplex;
  readonly onDidOpenStream: Event<Duplex>;
}
