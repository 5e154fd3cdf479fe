import { Emitter } from "../../../src/base/events.ts";
import type { WindowRecord } from "../../../src/protocol/status.ts";
import type { Link, LinkEnd } from "../../../src/windows/link/link.ts";
import { LINK_VERSIONS, type LinkMessage, linkMessageSchema } from "../../../src/windows/link/messages.ts";

/** Delivers something to the other end later, in order. */
export type Delivery = (deliver: () => void) => void;

/** One end of a link in memory. Messages are checked and copied as on a socket. */
export class FakeLink implements Link {
  readonly peer: WindowRecord;
  readonly version = LINK_VERSIONS.newest;
  /** Everything sent, in order. */
  readonly sent: LinkMessage[] = [];
  readonly #received = new Emitter<LinkMessage>();
  readonly onDidReceive = this.#received.event;
  readonly #ended = new Emitter<LinkEnd>();
  readonly onDidEnd = this.#ended.event;
  readonly #delivery: Delivery;
  readonly #onceDrained: (() => void)[] = [];
  #other: FakeLink | undefined;
  #isBehind = false;
  #end: LinkEnd | undefined;

  constructor(peer: WindowRecord, delivery: Delivery) {
    this.peer = peer;
    this.#delivery = delivery;
  }

  /** Undefined while it is open. */
  get ended(): LinkEnd | undefined {
    return this.#end;
  }

  connect(other: FakeLink): void {
    this.#other = other;
  }

  send(message: LinkMessage): void {
    if (this.#end !== undefined) return;
    this.sent.push(message);
    const text = JSON.stringify(message);
    this.#delivery(() => this.#other?.receive(text));
  }

  /** Gets a message as the other end would send it, valid or not. */
  receive(text: string): void {
    if (this.#end !== undefined) return;
    const { success, data, error } = linkMessageSchema.safeParse(JSON.parse(text));
    if (success) this.#received.fire(data);
    else this.end("protocol", error.message);
  }

  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Pretends that the other end does not read. */
  setBehind(isBehind: boolean): void {
    this.#isBehind = isBehind;
    if (!isBehind) for (const listener of this.#onceDrained.splice(0)) listener();
  }

  onceDrained(listener: () => void): void {
    if (this.#isBehind) this.#onceDrained.push(listener);
    else queueMicrotask(listener);
  }

  end(reason: LinkEnd["reason"], detail: string): void {
    if (this.#end !== undefined) return;
    this.#end = { reason, detail };
    this.#ended.fire(this.#end);
    this.#delivery(() => this.#other?.end("closed", "closed by the other end"));
  }

  dispose(): void {
    this.end("closed", "disposed");
  }
}

export interface FakeLinkPair {
  /** The end of the member. */
  readonly member: FakeLink;
  /** The end of the owner. */
  readonly owner: FakeLink;
}

/** Links two windows in memory. */
export function fakeLinks(
  windows: { readonly member: WindowRecord; readonly owner: WindowRecord },
  delivery: Delivery = queueMicrotask,
): FakeLinkPair {
  const member = new FakeLink(windows.owner, delivery);
  const owner = new FakeLink(windows.member, delivery);
  member.connect(owner);
  owner.connect(member);
  return { member, owner };
}
