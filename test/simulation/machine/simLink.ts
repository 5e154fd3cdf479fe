import { toDisposable } from "../../../src/base/disposables.ts";
import { Emitter, type Event } from "../../../src/base/events.ts";
import type { WindowRecord } from "../../../src/protocol/status.ts";
import type { WindowAnswer } from "../../../src/server/windows/windows.ts";
import type { Link, LinkEnd } from "../../../src/windows/link/link.ts";
import { watchBeats } from "../../../src/windows/link/beats.ts";
import { HeldEvents } from "../../../src/windows/link/heldEvents.ts";
import type { LinkMessage } from "../../../src/windows/link/messages.ts";
import type { SimRequest } from "../requests.ts";
import type { SimProcess } from "../time/simProcess.ts";
import type { World } from "../time/world.ts";

/** A request that the owner sends to a member. */
export interface SimCall {
  readonly path: string;
  readonly body: SimRequest;
}

/** What a link carries, in order. */
type Frame =
  | { readonly kind: "message"; readonly message: LinkMessage }
  | { readonly kind: "call"; readonly id: number; readonly call: SimCall }
  | { readonly kind: "answer"; readonly id: number; readonly answer: WindowAnswer }
  | { readonly kind: "end"; readonly reason: LinkEnd["reason"]; readonly detail: string };

/** Frames on their way above which an end is behind, and at which it has caught up. */
const MAX_UNREAD = 12;
const FEW_UNREAD = 4;
/** Frames that wait for a first listener. */
const MAX_HELD = 1000;

/** The line between two ends: how long a frame takes. */
export class SimLine {
  /** Frames arrive after this time at the earliest. */
  blockedUntil = 0;
  /** Additional milliseconds for each frame. */
  slownessMs = 0;
  readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** Returns the time at which a frame that is sent now arrives. */
  arrival(): number {
    const { random, now } = this.world;
    return Math.max(now, this.blockedUntil) + 0.05 + random.next() * (0.5 + this.slownessMs);
  }
}

/** One end of a link. Its frames arrive in order; those on their way are lost if their sender dies. */
export class SimLink implements Link {
  readonly version = 1;
  readonly process: SimProcess;
  readonly peer: WindowRecord;
  readonly line: SimLine;
  /** Responds to calls of the other end. */
  onCall: ((call: SimCall) => Promise<WindowAnswer> | undefined) | undefined;
  readonly #messages: HeldEvents<LinkMessage>;
  readonly #heard = new Emitter<LinkMessage>();
  readonly #ending: Emitter<LinkEnd>;
  readonly #calls = new Map<number, PromiseWithResolvers<WindowAnswer>>();
  #lastCall = 0;
  #other: SimLink | undefined;
  #end: LinkEnd | undefined;
  #lastArrival = 0;
  /** Frames that are on their way to the other end. */
  #unread = 0;
  #drained: (() => void)[] = [];
  /** Frames that would arrive later are lost, because the process has died. */
  #lostAfter = Number.POSITIVE_INFINITY;

  private constructor(process: SimProcess, peer: WindowRecord, line: SimLine) {
    this.process = process;
    this.peer = peer;
    this.line = line;
    const onError = (error: unknown): void => process.world.fail(`A listener failed: ${textOf(error)}`);
    this.#messages = new HeldEvents(MAX_HELD, onError);
    this.#ending = new Emitter(onError);
  }

  /** Connects two processes. */
  static connect(
    line: SimLine,
    owner: { readonly process: SimProcess; readonly record: WindowRecord },
    member: { readonly process: SimProcess; readonly record: WindowRecord },
  ): [SimLink, SimLink] {
    const ofOwner = new SimLink(owner.process, member.record, line);
    const ofMember = new SimLink(member.process, owner.record, line);
    ofOwner.#connect(ofMember, "member");
    ofMember.#connect(ofOwner, "owner");
    return [ofOwner, ofMember];
  }

  get onDidReceive(): Event<LinkMessage> {
    return this.#messages.event;
  }

  /** Calls back a late listener too. */
  get onDidEnd(): Event<LinkEnd> {
    return (listener) => {
      const end = this.#end;
      if (end === undefined) return this.#ending.event(listener);
      queueMicrotask(() => listener(end));
      return toDisposable(() => undefined);
    };
  }

  #connect(other: SimLink, peer: "owner" | "member"): void {
    this.#other = other;
    const { onDidEnd } = this;
    const onDidReceive = this.#heard.event;
    const parts = { send: this.send.bind(this), end: this.end.bind(this), onDidEnd, onDidReceive };
    watchBeats(parts, this.process, peer);
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  get isBehind(): boolean {
    return this.#unread > MAX_UNREAD;
  }

  send(message: LinkMessage): void {
    // As over a socket: the other end gets a copy.
    this.#send({ kind: "message", message: message.type === "beat" ? message : JSON.parse(JSON.stringify(message)) });
  }

  /** Calls the other end. Rejects if the link ends. */
  call(call: SimCall): Promise<WindowAnswer> {
    const settling = Promise.withResolvers<WindowAnswer>();
    if (this.hasEnded) settling.reject(new Error("The link has ended."));
    else {
      const id = ++this.#lastCall;
      this.#calls.set(id, settling);
      this.#send({ kind: "call", id, call });
    }
    return settling.promise;
  }

  onceDrained(listener: () => void): void {
    this.#drained.push(listener);
  }

  end(reason: LinkEnd["reason"], detail: string): void {
    if (this.hasEnded) return;
    // All windows are of this version, so none sends anything that is not valid.
    if (reason === "protocol") this.process.world.fail(`${this.process.name} ends a link: ${detail}`);
    this.#send({ kind: "end", reason: "closed", detail });
    this.#close({ reason, detail });
  }

  dispose(): void {
    this.end("closed", "The link was closed.");
  }

  /** Lets the other end see that this process has died. */
  die(): void {
    if (this.hasEnded) return;
    const { random, now } = this.process.world;
    if (random.chance(0.5)) this.#lostAfter = now + random.next();
    const end = { reason: "closed", detail: "The process has ended." } as const;
    this.#send({ kind: "end", ...end });
    this.#end = end;
  }

  #send(frame: Frame): void {
    const other = this.#other;
    if (this.hasEnded || other === undefined) return;
    const { world } = this.process;
    const { isolatedUntil } = this.process;
    const arrival = Math.max(this.#lastArrival, this.line.arrival(), isolatedUntil, other.process.isolatedUntil);
    this.#lastArrival = arrival;
    this.#unread++;
    other.process.later(arrival - world.now, () => {
      this.#unread--;
      if (arrival <= this.#lostAfter || frame.kind === "end") other.#receive(frame);
      if (this.#unread <= FEW_UNREAD && this.#drained.length > 0) this.process.later(0, () => this.#drain());
    });
  }

  #drain(): void {
    for (const listener of this.#drained.splice(0)) listener();
  }

  #receive(frame: Frame): void {
    if (this.hasEnded) return;
    switch (frame.kind) {
      case "message":
        this.#heard.fire(frame.message);
        if (!this.#messages.fire(frame.message)) this.end("protocol", "Too many messages are waiting.");
        break;
      case "call":
        void this.#answer(frame.id, frame.call);
        break;
      case "answer":
        this.#calls.get(frame.id)?.resolve(frame.answer);
        this.#calls.delete(frame.id);
        break;
      case "end":
        this.#close(frame);
    }
  }

  async #answer(id: number, call: SimCall): Promise<void> {
    const answer = await this.onCall?.(call);
    if (answer !== undefined) this.#send({ kind: "answer", id, answer });
  }

  #close({ reason, detail }: LinkEnd): void {
    if (this.hasEnded) return;
    this.#end = { reason, detail };
    for (const { reject } of this.#calls.values()) reject(new Error("The link has ended."));
    this.#calls.clear();
    this.#ending.fire({ reason, detail });
  }
}

function textOf(error: unknown): string {
  return String(error instanceof Error ? error.stack : error);
}
