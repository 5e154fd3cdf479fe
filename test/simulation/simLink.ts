import { Emitter } from "../../src/base/events.ts";
import type { WindowRecord } from "../../src/protocol/status.ts";
import type { WindowAnswer } from "../../src/server/windows/windows.ts";
import type { Link, LinkEnd } from "../../src/windows/link/link.ts";
import type { LinkMessage } from "../../src/windows/link/messages.ts";
import type { SimProcess } from "./simProcess.ts";
import type { World } from "./world.ts";

/** A request that the owner sends to a member. */
export interface SimCall {
  readonly path: string;
  readonly body: unknown;
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
  onCall: ((call: SimCall) => Promise<WindowAnswer>) | undefined;
  readonly #received = new Emitter<LinkMessage>();
  readonly #ended = new Emitter<LinkEnd>();
  readonly onDidReceive = this.#received.event;
  readonly onDidEnd = this.#ended.event;
  readonly #calls = new Map<number, PromiseWithResolvers<WindowAnswer>>();
  #lastCall = 0;
  #other: SimLink | undefined;
  #hasEnded = false;
  #lastArrival = 0;
  /** Frames that are on their way to the other end. */
  #unread = 0;
  #drained: (() => void)[] = [];
  /** Frames that have arrived before it was opened. */
  #arrived: Frame[] | undefined = [];

  private constructor(process: SimProcess, peer: WindowRecord, line: SimLine) {
    this.process = process;
    this.peer = peer;
    this.line = line;
  }

  /** Connects two processes. */
  static connect(
    line: SimLine,
    a: { readonly process: SimProcess; readonly record: WindowRecord },
    b: { readonly process: SimProcess; readonly record: WindowRecord },
  ): [SimLink, SimLink] {
    const ends: [SimLink, SimLink] = [new SimLink(a.process, b.record, line), new SimLink(b.process, a.record, line)];
    ends[0].#other = ends[1];
    ends[1].#other = ends[0];
    return ends;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get isBehind(): boolean {
    return this.#unread > MAX_UNREAD;
  }

  /** Begins to receive. */
  open(): void {
    const arrived = this.#arrived ?? [];
    this.#arrived = undefined;
    for (const frame of arrived) this.#receive(frame);
  }

  send(message: LinkMessage): void {
    // As over a socket: the other end gets a copy.
    this.#send({ kind: "message", message: structuredClone(message) });
  }

  /** Calls the other end. Rejects if the link ends. */
  call(call: SimCall): Promise<WindowAnswer> {
    const settling = Promise.withResolvers<WindowAnswer>();
    if (this.#hasEnded) settling.reject(new Error("The link has ended."));
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
    if (this.#hasEnded) return;
    this.#send({ kind: "end", reason: "closed", detail });
    this.#close({ reason, detail });
  }

  dispose(): void {
    this.end("closed", "The link was closed.");
  }

  /** Lets the other end see that this process has died. */
  die(): void {
    if (this.#hasEnded) return;
    this.#send({ kind: "end", reason: "closed", detail: "The process has ended." });
    this.#hasEnded = true;
  }

  #send(frame: Frame): void {
    const other = this.#other;
    if (this.#hasEnded || other === undefined) return;
    const { world } = this.process;
    this.#lastArrival = Math.max(this.#lastArrival, this.line.arrival());
    this.#unread++;
    other.process.later(this.#lastArrival - world.now, () => {
      this.#unread--;
      other.#receive(frame);
      if (this.#unread <= FEW_UNREAD && this.#drained.length > 0) this.process.later(0, () => this.#drain());
    });
  }

  #drain(): void {
    for (const listener of this.#drained.splice(0)) listener();
  }

  #receive(frame: Frame): void {
    if (this.#hasEnded) return;
    if (this.#arrived !== undefined) {
      this.#arrived.push(frame);
      return;
    }
    switch (frame.kind) {
      case "message":
        this.#received.fire(frame.message);
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
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const { reject } of this.#calls.values()) reject(new Error("The link has ended."));
    this.#calls.clear();
    this.#ended.fire({ reason, detail });
  }
}
