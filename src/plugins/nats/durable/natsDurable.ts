import type { NatsConnection } from "@nats-io/nats-core";
import { within } from "../../../base/deadline.ts";
import { type Disposable, toDisposable } from "../../../base/disposables.ts";
import type { Logger } from "../../../base/logger.ts";
import { isBridgeError, messageOf } from "../../../protocol/errors.ts";
import type { DeliverDurable, DurableConsumer, DurableTopics, Packet } from "../../bus/transport.ts";
import type { Nats, NatsLink } from "../link.ts";
import type { Subjects } from "../subjects.ts";
import { Appender } from "./appender.ts";
import { consumerIdOf, ensureConsumer } from "./consumer.ts";
import { Consuming } from "./consuming.ts";
import { NatsDeadLetters } from "./deadLetters.ts";
import { DurablePatterns } from "./durablePatterns.ts";
import { pause } from "./pause.ts";
import { isWithoutJetStream, openSession } from "./session.ts";
import { SessionGate } from "./sessionGate.ts";
import { Trimming } from "./trimming.ts";

/** Time for which a declaration waits for the server. It is repeated on each connection in any case. */
const DECLARE_MS = 10_000;
const RETRY_MS = 2000;
const GIVE_BACK_MS = 1000;

export interface NatsDurableDeps {
  readonly nats: Nats;
  readonly link: NatsLink;
  readonly subjects: Subjects;
  readonly logger: Logger;
}

/** Durable topics in JetStream. Each consumer of the bus is one of the server, of which all bridges take turns. */
export class NatsDurable implements DurableTopics, Disposable {
  readonly deadLetters: NatsDeadLetters;
  readonly #deps: NatsDurableDeps;
  readonly #prefix: string;
  readonly #patterns: DurablePatterns;
  readonly #appender: Appender;
  readonly #trimming: Trimming;
  readonly #consumers = new Map<string, DurableConsumer>();
  readonly #declaring = new Set<Promise<void>>();
  readonly #running = new Set<Promise<void>>();
  readonly #ended = new AbortController();
  readonly #endings: readonly Disposable[];
  readonly #gate = new SessionGate();

  constructor(deps: NatsDurableDeps, { prefix }: { readonly prefix: string }) {
    this.#deps = deps;
    this.#prefix = prefix;
    this.#patterns = new DurablePatterns(deps.logger);
    const session = this.#gate.session.bind(this.#gate);
    const declared = (): Promise<unknown> | undefined =>
      this.#declaring.size === 0 ? undefined : Promise.all(this.#declaring);
    this.#appender = new Appender({ session, declared, subjects: deps.subjects }, this.#ended.signal);
    this.deadLetters = new NatsDeadLetters({ session, link: deps.link, subjects: deps.subjects });
    this.#trimming = new Trimming({ session, logger: deps.logger }, this.#ended.signal);
    void this.#trimming.run();
    this.#endings = [
      deps.link.onDidConnect((connection) => void this.#open(connection)),
      deps.link.onDidDisconnect(() => this.#gate.close("the connection to the NATS server was lost")),
      this.deadLetters,
    ];
  }

  /** Resolves with the first connection, when it is known whether durable topics work. */
  async ready(signal: AbortSignal): Promise<void> {
    await this.#gate.session(signal).catch(() => undefined);
  }

  isDurable(topic: string): boolean {
    return this.#patterns.has(topic);
  }

  /** Resolves when the server knows the consumers that were declared before, and this bridge the topics of the others. */
  async flush(): Promise<void> {
    await Promise.all(this.#declaring);
    await this.#patterns.refresh(await this.#gate.session(AbortSignal.timeout(DECLARE_MS)));
  }

  async append(packet: Packet): Promise<undefined> {
    try {
      await this.#appender.append(packet);
    } catch (error) {
      if (isBridgeError(error) && error.code === "RATE_LIMIT_EXCEEDED") void this.#trimming.soon();
      throw error;
    }
  }

  async declareTopics(pattern: string): Promise<void> {
    this.#patterns.declare(pattern);
    await this.#patterns.share(await this.#gate.session(AbortSignal.timeout(DECLARE_MS)));
  }

  /** Declares it for all that this bridge publishes from now on, which waits until the server knows the consumer. */
  declareConsumer(consumer: DurableConsumer): Promise<void> {
    const declared = this.#declare(consumer);
    const settled = declared.catch(() => undefined);
    this.#declaring.add(settled);
    void settled.then(() => this.#declaring.delete(settled));
    return declared;
  }

  consume(consumer: DurableConsumer, deliver: DeliverDurable): Disposable {
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, this.#ended.signal]);
    const deps = {
      ...this.#deps,
      session: this.#gate.session.bind(this.#gate),
      deadLetters: this.deadLetters,
      deliver,
    };
    void this.declareConsumer(consumer).catch(() => undefined);
    const running = new Consuming(deps, consumer).run(signal);
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
    return toDisposable(() => ended.abort(new Error("the subscription has ended")));
  }

  /** Gives back what is being delivered, for another bridge to take at once. */
  async dispose(): Promise<void> {
    this.#ended.abort(new Error("the bus was stopped"));
    for (const ending of this.#endings) void ending.dispose();
    await within(Promise.all(this.#running), GIVE_BACK_MS, undefined);
  }

  async #declare(consumer: DurableConsumer): Promise<void> {
    this.#consumers.set(consumerIdOf(consumer), consumer);
    this.#patterns.declare(consumer.pattern);
    const session = await this.#gate.session(AbortSignal.timeout(DECLARE_MS));
    await ensureConsumer(this.#deps, session, consumer);
    await this.#patterns.share(session);
  }

  /** Tries until it works, or the connection is lost. */
  async #open(connection: NatsConnection): Promise<void> {
    while (this.#deps.link.connection === connection) {
      try {
        const session = await openSession(this.#deps, connection, this.#prefix);
        await this.#patterns.follow(session);
        for (const consumer of this.#consumers.values()) await ensureConsumer(this.#deps, session, consumer);
        await this.deadLetters.refresh(session);
        if (this.#deps.link.connection === connection) this.#gate.open(session);
        return;
      } catch (error) {
        const reason = messageOf(error);
        if (isWithoutJetStream(error)) this.#gate.refuse(reason);
        else this.#gate.close(reason);
        this.#deps.logger.warn("Durable topics are not available on the NATS server", { error: reason });
      }
      await pause(RETRY_MS, this.#ended.signal);
    }
  }
}
