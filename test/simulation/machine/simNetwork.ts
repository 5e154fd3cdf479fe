import type { WindowRecord } from "../../../src/protocol/status.ts";
import type { WindowAnswer } from "../../../src/server/windows/windows.ts";
import type { AddressNetwork, Binding, Dialed } from "../../../src/windows/address/addressPorts.ts";
import { type SimCall, SimLine, SimLink } from "./simLink.ts";
import type { SimProcess } from "../time/simProcess.ts";
import type { World } from "../time/world.ts";

/** As of the handshake of a link. */
const HANDSHAKE_MS = 2000;

/** What a window does with what comes in at its port. */
export interface SimListener {
  readonly process: SimProcess;
  readonly record: WindowRecord;
  /** True if links may come in now. */
  readonly mayAccept: boolean;
  onLink(link: SimLink): void;
  /** Responds to a request that the other end of a link sends. Default: nothing responds. */
  onCall?(call: SimCall): Promise<WindowAnswer>;
  /** Ends the connections of a port. Resolves when its requests in progress have their responses. */
  onRelease(port: number): Promise<void>;
}

interface Call {
  readonly caller: SimListener;
  readonly holder: SimListener;
  readonly port: number;
  readonly signal: AbortSignal;
}

type Holder = SimListener | "stranger";

/** The ports of a machine, and the processes that listen on them. */
export class SimNetwork {
  readonly links = new Set<SimLink>();
  readonly #world: World;
  readonly #holders = new Map<number, Holder>();
  readonly #dead = new Set<string>();
  /** Calls that wait for the process that listens. */
  readonly #dials = new Set<{ readonly holder: SimListener; readonly refuse: () => void }>();

  constructor(world: World) {
    this.#world = world;
  }

  holderOf(port: number): Holder | undefined {
    return this.#holders.get(port);
  }

  /** Takes a port for another program. @returns false if it is taken */
  occupy(port: number): boolean {
    if (this.#holders.has(port)) return false;
    this.#holders.set(port, "stranger");
    return true;
  }

  /** Ends the other program at a port. */
  vacate(port: number): void {
    if (this.#holders.get(port) === "stranger") this.#holders.delete(port);
  }

  /** Frees the ports of a window, and closes its links, as the system does after the death of its process. */
  bury(window: SimListener): void {
    this.#dead.add(window.record.id);
    for (const [port, holder] of this.#holders) if (holder === window) this.#holders.delete(port);
    for (const link of this.links) if (link.process === window.process) link.die();
    for (const dial of this.#dials) {
      if (dial.holder !== window) continue;
      this.#dials.delete(dial);
      dial.refuse();
    }
  }

  /** Returns the network as a window uses it. */
  of(window: SimListener): AddressNetwork<SimLink> {
    return {
      bind: (port) => window.process.operation(() => this.#bind(window, port)),
      dial: (port, signal) => this.#dial(window, port, signal),
      isFree: (port) => window.process.operation(() => !this.#holders.has(port)),
      describeOwner: (port) => window.process.operation(() => `Another program uses port ${port}.`),
      isGone: ({ windowId }) => window.process.operation(() => this.#isGone(windowId)),
    };
  }

  #bind(window: SimListener, port: number): Binding | undefined {
    if (this.#holders.has(port)) return undefined;
    this.#holders.set(port, window);
    const release = async (): Promise<void> => {
      if (this.#holders.get(port) === window) this.#holders.delete(port);
      await window.onRelease(port);
    };
    const retire = async (): Promise<void> => {
      if (this.#holders.get(port) === window) this.#holders.delete(port);
    };
    return { port, release, retire };
  }

  /** The system may have given the number of a dead process to another one. */
  #isGone(windowId: string): boolean {
    return this.#dead.has(windowId) && !this.#world.random.chance(0.1);
  }

  async #dial(caller: SimListener, port: number, signal: AbortSignal): Promise<Dialed<SimLink>> {
    const holder = await caller.process.operation(() => this.#holders.get(port));
    if (holder === undefined) return { kind: "refused" };
    if (holder === "stranger") return { kind: "stranger" };
    return await this.#shakeHands({ caller, holder, port, signal });
  }

  /** A caller that has stopped waiting closes the connection, whenever it comes about. */
  #shakeHands({ caller, holder, port, signal }: Call): Promise<Dialed<SimLink>> {
    const { promise, resolve } = Promise.withResolvers<Dialed<SimLink>>();
    let isWaiting = true;
    const settle = (dialed: Dialed<SimLink>): void => {
      if (dialed.kind === "joined" && !isWaiting) dialed.link.end("closed", "The caller has stopped waiting.");
      isWaiting = false;
      this.#dials.delete(dial);
      resolve(dialed);
    };
    const respond = (dialed: Dialed<SimLink>): void =>
      caller.process.later(this.#latency(caller, holder), () => settle(dialed));
    const dial = { holder, refuse: (): void => respond({ kind: "refused" }) };
    this.#dials.add(dial);
    caller.process.after(HANDSHAKE_MS, () => settle({ kind: "silent" }));
    signal.addEventListener("abort", () => settle({ kind: "silent" }));
    holder.process.later(this.#latency(caller, holder), () => {
      if (this.#holders.get(port) !== holder) respond({ kind: "refused" });
      else if (!holder.mayAccept || holder === caller) respond({ kind: "not-owner" });
      else respond({ kind: "joined", link: this.#connect(holder, caller) });
    });
    return promise;
  }

  #latency(...ends: readonly SimListener[]): number {
    const { now, random } = this.#world;
    return Math.max(0, ...ends.map(({ process }) => process.isolatedUntil - now)) + random.next();
  }

  /** @returns the end of the caller */
  #connect(holder: SimListener, caller: SimListener): SimLink {
    const [ours, theirs] = SimLink.connect(new SimLine(this.#world), holder, caller);
    for (const link of [ours, theirs]) {
      this.links.add(link);
      link.onDidEnd(() => this.links.delete(link));
    }
    theirs.onCall = (call) => caller.onCall?.(call);
    holder.onLink(ours);
    return theirs;
  }
}
