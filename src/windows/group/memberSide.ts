import type { Clock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import { EventFeed } from "../../channel/eventFeed.ts";
import { previewOf, PREVIEW_LENGTH } from "../../history/executionPreview.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { WindowListing } from "../../protocol/status.ts";
import type { PortConflict } from "../address/addressPorts.ts";
import type { Link } from "../link/link.ts";
import type { LinkMessage } from "../link/messages.ts";
import { Coalesced } from "./coalesced.ts";
import type { SelfWindow } from "./groupPorts.ts";
import { SentEvents } from "./sentEvents.ts";

/** Minimum time in milliseconds between two messages of the same kind about the window. */
const STATUS_INTERVAL_MS = 50;
/** Maximum length of a snapshot in characters, so that it fits into one message of the link. */
const MAX_SNAPSHOT = 1024 * 1024;
const MAX_SNAPSHOT_EXECUTIONS = 2000;

export interface MemberSideDeps {
  readonly link: Link;
  readonly self: SelfWindow;
  readonly clock: Clock;
}

/** The address, as its owner describes it to a member. */
export interface OwnersView {
  readonly url: string;
  readonly windows: readonly WindowListing[];
  readonly conflict: PortConflict | undefined;
  readonly accessRequests: number;
}

/**
 * A member's end of its link: sends the state of this window whenever it changes, what is running, and the events that the
 * owner does not have yet; receives the list of all windows.
 */
export class MemberSide implements Disposable {
  readonly #deps: MemberSideDeps;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  /** Fires when the owner has sent another list of windows. */
  readonly onDidChange = this.#changed.event;
  readonly #events: SentEvents;
  /** The last event that the snapshot includes. */
  #snapshotAfter = 0;
  #isSending = false;
  #view: OwnersView | undefined;
  #hasOwnerLeft = false;

  constructor(deps: MemberSideDeps) {
    const { link, self } = deps;
    const { events: log } = self;
    this.#deps = deps;
    this.#events = new SentEvents(
      link,
      (event) => log.own.lengthOf(event),
      (to) => this.#replaceSnapshot(to),
    );
    this.#store.add(this.#events);
    // Before its events, and the request for them may have arrived already.
    this.#sendSnapshot();
    this.#store.add(link.onDidReceive((message) => this.#receive(message)));
    this.#sendOn(self.onDidChangeWindow, () => ({ type: "window", window: self.describe() }));
    this.#sendOn(self.onDidChangeStatus, () => ({ type: "status", status: self.status() }));
    this.#sendOn(self.onDidChangeCommands, () => ({ type: "commands", commands: [...self.commands()] }));
  }

  /** Undefined until the owner has sent it. */
  get view(): OwnersView | undefined {
    return this.#view;
  }

  /** Returns those of the windows that the next owner waits for: not for this one, if it has left. */
  remaining(windows: readonly WindowListing[]): readonly WindowListing[] {
    return this.#hasOwnerLeft ? windows.filter(({ id }) => id !== this.#deps.link.peer.id) : windows;
  }

  /** Reports that this window has created an execution for a key. */
  reportKey(key: string, executionId: string): void {
    this.#deps.link.send({ type: "key", key, executionId });
  }

  /**
   * Waits until the events of this window up to now are on their way to the owner. A response that overtakes the end of its
   * execution would contradict the end that the owner reports if this window crashes in between.
   */
  whenReported(): Promise<void> | undefined {
    return this.#events.whenSent(this.#deps.self.events.own.lastId);
  }

  /** Asks the owner to move the address to the configured port. */
  reclaim(): void {
    this.#deps.link.send({ type: "reclaim" });
  }

  /** Reports that this window stops, after its last events. */
  leave(): void {
    this.#events.flush();
    this.#deps.link.send({ type: "leaving" });
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  /** Sends what is running, as of the last event: active executions may append pending output. */
  #sendSnapshot(): void {
    const { link, self } = this.#deps;
    const active = self.active();
    this.#snapshotAfter = self.events.own.lastId;
    link.send({ type: "snapshot", after: this.#snapshotAfter, active: snapshotOf(active) });
  }

  /** Replaces a snapshot that the events no longer continue: what has ended in between would be running forever. */
  #replaceSnapshot(lostTo: number): void {
    if (lostTo > this.#snapshotAfter) this.#sendSnapshot();
  }

  #sendOn(onDidChange: (listener: () => void) => Disposable, message: () => LinkMessage): void {
    const { clock, link } = this.#deps;
    const sending = this.#store.add(new Coalesced(clock, STATUS_INTERVAL_MS, () => link.send(message())));
    this.#store.add(onDidChange(sending.request));
    sending.request();
  }

  #receive(message: LinkMessage): void {
    if (message.type === "received") this.#confirmed(message.windowEventId);
    else if (message.type === "windows") {
      const { url, windows, conflict, accessRequests = 0 } = message;
      this.#show({ url, windows, conflict, accessRequests });
    } else if (message.type === "leaving") {
      this.#hasOwnerLeft = true;
      if (this.#view !== undefined) this.#view = { ...this.#view, windows: this.remaining(this.#view.windows) };
      this.#changed.fire();
    }
  }

  #show(view: OwnersView): void {
    this.#view = view;
    this.#changed.fire();
  }

  #confirmed(windowEventId: number): void {
    this.#events.confirmed(windowEventId);
    if (this.#isSending) return;
    this.#isSending = true;
    const { own } = this.#deps.self.events;
    this.#store.add(
      new EventFeed(own, this.#events, { after: windowEventId, wants: () => true, onOverflow: "replay" }),
    );
  }
}

/** Shortens long executions: of an output, only its end is needed to continue it. */
function snapshotOf(active: readonly ExecutionRecord[]): ExecutionRecord[] {
  const sent = active.slice(0, MAX_SNAPSHOT_EXECUTIONS);
  const length = Math.floor(Math.min(PREVIEW_LENGTH, MAX_SNAPSHOT / Math.max(1, sent.length) / 2));
  return sent.map(({ output, ...rest }) => {
    const preview = previewOf({ ...rest, output: "" }, length);
    if (output.length <= length) return { ...preview, output };
    return { ...preview, output: output.slice(-length), contentTruncated: true };
  });
}
