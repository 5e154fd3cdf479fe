import type { Clock } from "../../base/clock.ts";
import { within } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { Message, Untyped } from "../bus/message.ts";
import type { BusParticipant } from "../bus/participant.ts";
import { digestOf } from "./digest.ts";
import { HybridClock } from "./hybridClock.ts";
import { RENEW_MS } from "./store/leases.ts";
import { Outbox } from "./outbox.ts";
import { parseDocument } from "./parseDocument.ts";
import { changesBetween, rewritten } from "./rewrite.ts";
import { latestStamp, type StateChange, type StateDocument, withoutExports } from "./stateDocument.ts";
import { invalidState, mergedLimits } from "./stateLimits.ts";
import {
  parseSnapshot,
  resultOf,
  type SnapshotRequest,
  type StateChanged,
  type StateRequestKind,
  STORE_NAME,
  STORE_TOPIC,
  stateTopic,
} from "./stateMessages.ts";
import { StateReplica } from "./stateReplica.ts";

/** The pauses in milliseconds before the store is asked again. */
const RETRY_MS = [500, 1000, 2000, 5000, 10_000, 30_000];
const END_MS = 2000;
/** Larger values are not repeated next to their change, where other plugins can read them. */
const MAX_SHOWN_LENGTH = 16 * 1024;

type ChangedKey = Pick<StateChange, "type" | "key">;

export interface ReplicationDeps {
  readonly participant: BusParticipant;
  readonly clock: Clock;
  readonly now: (() => number) | undefined;
  readonly onChanged: (changes: readonly ChangedKey[]) => void;
  readonly onProblem: (error: unknown) => void;
}

/** `local`: writes wait until the store has lent an id to this replica. */
type Phase = "local" | "shared" | "disposed";

/**
 * Keeps the replica of this process equal to the others. Changes go to them and to the store of the bridge over the bus;
 * documents are exchanged with the store at the start, once a minute, and after messages were lost.
 */
export class Replication {
  readonly #deps: ReplicationDeps;
  readonly #hybridClock: HybridClock;
  readonly #instance = crypto.randomUUID();
  readonly #outbox = new Outbox();
  readonly #ready = deferred();
  readonly #subscriptions: { unsubscribe(): void }[] = [];
  #replica: StateReplica;
  #phase: Phase = "local";
  #timer: Disposable | undefined;
  #flushing: Promise<void> | undefined;
  /** `due`: another exchange begins when the present one has ended. */
  #exchange: "none" | "running" | "due" = "none";
  #failures = 0;

  constructor(deps: ReplicationDeps) {
    this.#deps = deps;
    this.#hybridClock = new HybridClock(deps.now);
    this.#replica = new StateReplica({ id: this.#instance, clock: this.#hybridClock });
    this.#subscribe(stateTopic(this.#name, "change"), (message) => this.#receive(message));
    this.#subscribe(STORE_TOPIC, () => this.#syncSoon());
    this.#syncSoon();
  }

  get replica(): StateReplica {
    return this.#replica;
  }

  /** Resolves when the state of the store is part of the replica. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get #name(): string {
    return this.#deps.participant.name;
  }

  /** Sends a change that was written in the replica. */
  send({ type, key }: ChangedKey, delta: StateDocument): void {
    // Before the first exchange, nothing is sent: all is written again then, with the id that the store lends.
    if (this.#phase !== "shared") return;
    this.#outbox.add({ type, key, delta });
    void this.#flush();
  }

  /** Resolves when the store has all writes of the replica. */
  async flush(): Promise<void> {
    await this.ready;
    await this.#flush();
    await this.#request({ instance: this.#instance, document: this.#replica.toJSON() });
  }

  /** Sends a request to the store. @throws BridgeError its error, or that of the bus */
  async ask(kind: StateRequestKind, payload: unknown): Promise<Untyped> {
    const request = { topic: stateTopic(this.#name, kind), destination: STORE_NAME, payload };
    return resultOf(await this.#deps.participant.request(request));
  }

  /** Sends what the store lacks and gives the id back, within two seconds. */
  async dispose(): Promise<void> {
    if (this.#phase === "disposed") return;
    const isShared = this.#phase === "shared";
    this.#phase = "disposed";
    void this.#timer?.dispose();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#ready.reject(new BridgeError("KIRO_UNAVAILABLE", "The state was disposed before it was read."));
    // A connection that is closed as well is no problem: the next start takes another id.
    if (isShared) await within(this.#end(), END_MS, undefined).catch(() => undefined);
  }

  async #end(): Promise<void> {
    await this.#flush();
    const request: SnapshotRequest = { instance: this.#instance, document: this.#replica.toJSON(), ends: true };
    await this.ask("snapshot", request);
  }

  #subscribe(topic: string, handler: (message: Message) => void): void {
    const onLost = (): void => this.#syncSoon();
    try {
      const subscription = this.#deps.participant.subscribe(topic, ({ message }) => handler(message), { onLost });
      this.#subscriptions.push(subscription);
    } catch (error) {
      this.#deps.onProblem(error);
    }
  }

  #receive({ source, payload }: Message<StateChanged>): void {
    if (this.#phase !== "shared" || payload.replica === this.#replica.id) return;
    if (source !== this.#name && source !== STORE_NAME) return;
    try {
      const delta = withoutExports(parseDocument(payload.delta, mergedLimits));
      const latest = latestStamp(delta);
      if (latest !== undefined && !this.#hybridClock.accepts(latest))
        throw invalidState("The clock of a replica is ahead.");
      this.#deps.onChanged(this.#replica.merge(delta));
    } catch (error) {
      this.#deps.onProblem(error);
    }
  }

  #flush(): Promise<void> {
    // In a microtask: writes of one turn of the event loop become one change for each key.
    this.#flushing ??= Promise.resolve().then(() => this.#publishWaiting());
    return this.#flushing;
  }

  async #publishWaiting(): Promise<void> {
    try {
      for (let change = this.#outbox.take(); change !== undefined; change = this.#outbox.take()) {
        const payload: StateChanged = { ...change, ...this.#shown(change.type, change.key), replica: this.#replica.id };
        try {
          await this.#deps.participant.publish({ topic: stateTopic(this.#name, "change"), payload });
        } catch (error) {
          // The next exchange of documents has the change as well.
          this.#outbox.clear();
          this.#failed(error);
        }
      }
    } finally {
      // In the same turn as the last look: a change that is written later begins another flush.
      this.#flushing = undefined;
    }
  }

  #shown(type: StateChange["type"], key: string): { readonly value?: unknown } {
    const value = valueIn(this.#replica, type, key);
    return JSON.stringify(value).length > MAX_SHOWN_LENGTH ? {} : { value };
  }

  #syncSoon(): void {
    const isRunning = this.#exchange !== "none";
    this.#exchange = "due";
    if (!isRunning) void this.#syncWhileDue();
  }

  async #syncWhileDue(): Promise<void> {
    while (this.#exchange === "due" && this.#phase !== "disposed") {
      this.#exchange = "running";
      try {
        await this.#sync();
        this.#failures = 0;
        this.#syncAfter(RENEW_MS);
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#exchange = "none";
  }

  #failed(error: unknown): void {
    if (this.#phase === "disposed") return;
    this.#deps.onProblem(error);
    this.#syncAfter(RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? RENEW_MS);
    this.#failures += 1;
  }

  #syncAfter(ms: number): void {
    void this.#timer?.dispose();
    this.#timer = this.#deps.clock.after(ms, () => this.#syncSoon());
  }

  /** Exchanges documents with the store, unless both have the same one. */
  async #sync(): Promise<void> {
    const isFirst = this.#phase === "local";
    const digest = isFirst ? {} : { digest: digestOf(this.#replica.toJSON()) };
    if (await this.#request({ instance: this.#instance, ...digest })) return;
    const document = this.#replica.toJSON();
    await this.#request({ instance: this.#instance, digest: digestOf(document), document });
  }

  /** Sends one request for a snapshot and merges the answer. @returns true if the store had all of this replica */
  async #request(request: SnapshotRequest): Promise<boolean> {
    const snapshot = parseSnapshot(await this.ask("snapshot", request));
    if (this.#phase === "disposed") return true;
    const { replica: id, least, document = { version: 1 } } = snapshot;
    if (this.#phase === "local" || this.#replica.id !== id) this.#become(id, least, document);
    else this.#deps.onChanged(this.#replica.merge(document));
    return digestOf(this.#replica.toJSON()) === snapshot.digest;
  }

  /** Continues with an id that the store has lent. */
  #become(id: string, least: number, document: StateDocument): void {
    const before = this.#replica;
    const next = new StateReplica({ id, least, clock: this.#hybridClock }, document);
    if (this.#phase === "local") {
      for (const change of rewritten(before, next, (error) => this.#deps.onProblem(error))) this.#outbox.add(change);
    } else {
      next.merge(before.toJSON());
    }
    this.#replica = next;
    this.#phase = "shared";
    this.#deps.onChanged(changesBetween(before, next));
    this.#ready.resolve();
    void this.#flush();
  }
}

function valueIn(replica: StateReplica, type: StateChange["type"], key: string): unknown {
  if (type === "register") return replica.getRegister(key);
  if (type === "counter") return replica.getCounter(key);
  return replica.getMembers(key).map((member): unknown => JSON.parse(member));
}

function deferred() {
  // Not `Promise.withResolvers`, which Node 20 does not have.
  let resolve = (): void => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((onResolved, onRejected) => {
    resolve = onResolved;
    reject = onRejected;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
