import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import { type Backoff, backoffOf } from "./backoff.ts";
import { DeliveryHealth } from "./deliveryHealth.ts";
import type { DeliveryFailure, Destination, Receipt } from "./destination.ts";
import type { ReadLimits } from "../outbox/outboxReader.ts";
import type { FactSource } from "./factSource.ts";
import { type Batch, type Entry, LanePool } from "./lanePool.ts";
import { Outage } from "./outage.ts";
import { failureOf, sendWithin } from "./sendWithin.ts";

/** Facts in memory, and their length as JSON in characters. */
const MAX_HELD = 1000;
const MAX_HELD_LENGTH = 4 * 1024 * 1024;
/** The same, in addition, of facts that wait for another attempt: they must not keep others from being sent. */
const MAX_WAITING = 4000;
const MAX_WAITING_LENGTH = 12 * 1024 * 1024;
/** Time in milliseconds after which a file that could not be read is read again. */
const READ_AGAIN_MS = 5000;
/** Attempts of a fact that fails while others succeed. */
const MAX_ATTEMPTS = 20;

export interface DeliveryLoopOptions {
  readonly name: string;
  readonly destination: Destination;
  readonly clock: Clock;
  /** Milliseconds of the Unix epoch. */
  readonly now: () => number;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

/**
 * Delivers facts to one destination: in order for each execution, several executions at a time. What fails is sent again
 * until the destination has it or refuses it, so it may be sent twice, and never gets lost here.
 */
export class DeliveryLoop implements Disposable {
  readonly health: DeliveryHealth;
  readonly #options: DeliveryLoopOptions;
  readonly #pool = new LanePool();
  readonly #outage: Outage;
  readonly #ended = new AbortController();
  readonly #sends = new Set<Promise<void>>();
  /** Sources that may have more. */
  readonly #ready = new Set<FactSource>();
  readonly #backoff: Backoff;
  #reading: Promise<void> | undefined;
  #readAgain: Disposable | undefined;
  #timer: Disposable | undefined;

  constructor(options: DeliveryLoopOptions) {
    this.#options = options;
    this.health = new DeliveryHealth(options.now);
    this.#backoff = backoffOf(options.random);
    this.#outage = new Outage(options.clock, this.#backoff);
  }

  /** Milliseconds of the Unix epoch; undefined if nothing waits for another attempt. */
  get nextAttemptAt(): number | undefined {
    const at = this.#wakesAt();
    return at === undefined ? undefined : this.#options.now() + Math.max(0, at - this.#options.clock.now());
  }

  /** Reads a source until it has no more. Called again when it may have more. */
  read(source: FactSource): void {
    this.#ready.add(source);
    this.#pump();
  }

  /** Tries at once what waits: something has changed that may have been the reason. */
  wake(): void {
    this.#outage.end();
    this.#pool.wake("all");
    this.#pump();
  }

  /** Resolves when nothing more can be sent at this time. */
  async settled(): Promise<void> {
    while (this.#sends.size > 0 || this.#reading !== undefined) await Promise.all([...this.#sends, this.#reading]);
  }

  /** Gives up what is on its way, which is sent again after a restart. */
  async dispose(): Promise<void> {
    this.#ended.abort(new Error("The exports have ended."));
    void this.#timer?.dispose();
    void this.#readAgain?.dispose();
    await this.settled();
  }

  #pump(): void {
    void this.#timer?.dispose();
    this.#timer = undefined;
    if (this.#ended.signal.aborted || this.health.state === "paused") return;
    const { clock, destination } = this.#options;
    while (this.#mayStart()) {
      const batch = this.#pool.take(destination.limits, clock.now());
      if (batch === undefined) break;
      this.#start(batch);
    }
    this.#reading ??= this.#read();
    this.#showState();
    const at = this.#wakesAt();
    if (at !== undefined) this.#timer = clock.after(Math.max(0, at - clock.now()), () => this.#pump());
  }

  #start(batch: Batch): void {
    const sending = this.#deliver(batch).finally(() => {
      this.#sends.delete(sending);
      this.#pump();
    });
    this.#sends.add(sending);
  }

  /** Returns the time of the clock at which another attempt is due. The end of what is on its way may come before. */
  #wakesAt(): number | undefined {
    if (this.#pool.size === 0) return undefined;
    const { holdsUntil } = this.#outage;
    if (holdsUntil !== undefined) return holdsUntil;
    return this.#mayStart() ? this.#pool.nextDueAt : undefined;
  }

  #mayStart(): boolean {
    return this.#outage.mayStart(this.#sends.size, this.#options.destination.limits.concurrency);
  }

  #showState(): void {
    if (this.#outage.state !== undefined) this.health.enter(this.#outage.state === "blocked" ? "blocked" : "retrying");
    else if (this.#pool.hasFailed) this.health.enter("retrying");
    else this.health.enter(this.health.lastSuccess === undefined ? "idle" : "ok");
  }

  /** Reads more if there is room, and sends it. Returns undefined if there is nothing to read. */
  #read(): Promise<void> | undefined {
    const [source] = this.#ready;
    const room = this.#room();
    if (source === undefined || room.maxFacts <= 0 || room.maxLength <= 0) return undefined;
    this.#ready.delete(source);
    return source.next(room).then(
      (facts) => {
        this.#pool.add(facts, source);
        if (facts.length > 0) this.#ready.add(source);
        this.#reading = undefined;
        this.#pump();
      },
      (error: unknown) => {
        const { clock, logger, name } = this.#options;
        logger.warn("Facts for a destination could not be read", { destination: name, error: messageOf(error) });
        this.#reading = undefined;
        if (this.#ended.signal.aborted) return;
        this.#readAgain = clock.after(READ_AGAIN_MS, () => this.read(source));
      },
    );
  }

  #room(): ReadLimits {
    const { size, length, waiting } = this.#pool;
    return {
      maxFacts: MAX_HELD - size + Math.min(waiting.facts, MAX_WAITING),
      maxLength: MAX_HELD_LENGTH - length + Math.min(waiting.length, MAX_WAITING_LENGTH),
    };
  }

  async #deliver(batch: Batch): Promise<void> {
    const { clock, destination, logger, name } = this.#options;
    const { round } = this.#outage;
    const facts = batch.entries.map(({ fact }) => fact);
    try {
      const send = (signal: AbortSignal): Promise<Receipt> => destination.send(facts, signal);
      this.#delivered(batch, await sendWithin(send, clock, this.#ended.signal, destination.callTimeoutMs));
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      this.#failed(batch, failureOf(error, name, logger), round);
    }
  }

  #delivered(batch: Batch, receipt: Receipt): void {
    const reasons = new Map(receipt.refused?.map(({ id, reason }) => [id, reason]));
    const taken = batch.entries.filter(({ fact }) => !reasons.has(fact.id));
    for (const [source, entries] of Map.groupBy(taken, (entry) => entry.source))
      source.delivered(entries.map(({ fact }) => fact));
    for (const entry of batch.entries) {
      const reason = reasons.get(entry.fact.id);
      if (reason === undefined) continue;
      this.#refuse([entry], reason);
      this.health.failed({ kind: "refused", message: reason, status: undefined });
    }
    this.#pool.remove(batch);
    if (this.#outage.state !== undefined) this.#pool.wake("outage");
    this.#outage.end();
    if (taken.length > 0) this.health.succeeded(receipt, taken.length);
  }

  #failed(batch: Batch, failure: DeliveryFailure, round: number): void {
    const { logger, name } = this.#options;
    logger.debug("A delivery to a destination has failed", {
      destination: name,
      kind: failure.kind,
      status: failure.status,
    });
    switch (failure.kind) {
      case "refused":
        if (batch.entries.length > 1) this.#pool.return(batch, true);
        else this.#giveUp(batch, () => true, failure);
        break;
      case "gone":
        this.#pool.return(batch);
        this.health.enter("paused");
        break;
      case "blocked":
        this.#pool.return(batch);
        this.#outage.begin("blocked", round, failure.retryAfterMs);
        break;
      case "passing":
        this.#failedForNow(batch, failure, round);
    }
    this.health.failed(failure);
  }

  #failedForNow(batch: Batch, failure: DeliveryFailure, round: number): void {
    const { clock, destination } = this.#options;
    const delays = destination.retryDelaysMs;
    const isOfAll = this.#outage.concernsAll(failure);
    const isCounted = delays !== undefined || !isOfAll;
    if (isCounted) this.#pool.fail(batch);
    const most = delays === undefined ? MAX_ATTEMPTS - 1 : delays.length;
    this.#pool.return(batch, !isOfAll);
    this.#giveUp(batch, ({ failures }) => failures > most, failure);
    if (isOfAll) this.#outage.begin("passing", round, failure.retryAfterMs);
    if (!isCounted) return;
    const delayOf = ({ failures }: Entry): number =>
      delays === undefined
        ? this.#backoff.passing(failures, failure.retryAfterMs)
        : this.#backoff.planned(delays[failures - 1] ?? 0);
    this.#pool.delay(batch, (first) => (first.failures === 0 ? 0 : clock.now() + delayOf(first)), isOfAll);
  }

  /** Makes dead letters of facts of a batch. */
  #giveUp(batch: Batch, isHopeless: (entry: Entry) => boolean, { message }: DeliveryFailure): void {
    this.#refuse(batch.entries.filter(isHopeless), message);
    this.#pool.remove(batch, isHopeless);
  }

  #refuse(entries: readonly Entry[], reason: string): void {
    for (const { fact, source } of entries) source.refused(fact, reason);
    if (entries.length > 0) this.health.countRefused(entries.length);
  }
}
