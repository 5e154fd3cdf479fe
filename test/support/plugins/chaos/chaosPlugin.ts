import { type Clock, systemClock } from "../../../../src/base/clock.ts";
import { nextPoll } from "../../../../src/base/nextPoll.ts";
import type { Principal } from "../../../../src/core/access/principal.ts";
import { ScopeSet } from "../../../../src/core/access/scopes.ts";
import type { Message } from "../../../../src/plugins/bus/message.ts";
import { RemoteParticipant } from "../../../../src/plugins/bus/remote/remoteParticipant.ts";
import type { OpenChannel } from "../../../../src/plugins/bus/remote/textChannel.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import type { DurableConsumer } from "../../../../src/plugins/bus/transport.ts";
import type { Random } from "../../../simulation/time/random.ts";

/** The part of a plugin that survives its process, as a database would. */
export interface Kept {
  /** The number of its next message on each of its topics. */
  readonly next: number[];
  /** The last effect of each topic. */
  readonly last: Map<string, number>;
  /** The IDs of messages that had their effect: what makes the consumer idempotent. */
  readonly effects: Set<string>;
  /** Messages that came again after their effect. */
  repeated: number;
}

export interface ChaosPluginDeps {
  readonly random: Random;
  readonly connect: (principal: Principal, ...args: Parameters<OpenChannel>) => ReturnType<OpenChannel>;
  /** Called after each effect. */
  readonly onEffect: () => void;
  /** Takes what must not happen. */
  readonly onWrong: (what: string) => void;
}

export interface ChaosPluginOptions {
  readonly name: string;
  /** The publishers whose messages it receives. */
  readonly sources: readonly string[];
  /** Number of messages that it publishes. */
  readonly count: number;
}

/** Topics of each plugin, on which it publishes at the same time. The order holds on each. */
const TOPICS = 5;
const OFFLINE_MS = 3_600_000;
/** Connects again sooner than the SDK does. */
const HURRY = 20;
const hurried: Clock = {
  now: () => systemClock.now(),
  after: (ms, callback) => systemClock.after(ms / HURRY, callback),
};

const durable = { maxDeliver: 100, backoffMs: [1] };
const FAILURES = 0.002;
const FORGERIES = 0.002;

/** A plugin that publishes numbered messages, and has an effect for each that it receives; over several processes. */
export class ChaosPlugin {
  readonly options: ChaosPluginOptions;
  readonly kept: Kept = {
    next: Array.from({ length: TOPICS }, () => 0),
    last: new Map(),
    effects: new Set(),
    repeated: 0,
  };
  readonly #deps: ChaosPluginDeps;
  #processes = 0;
  #end: (() => void) | undefined;

  constructor(deps: ChaosPluginDeps, options: ChaosPluginOptions) {
    this.#deps = deps;
    this.options = options;
  }

  get consumers(): readonly DurableConsumer[] {
    const { name, sources } = this.options;
    return sources.map((source) => ({ name, pattern: `plugin/${source}/**`, ...durable }));
  }

  /** Starts its process. */
  start(): void {
    const { name } = this.options;
    const principal = principalOf(`${name}-${++this.#processes}`, this.options);
    let isAlive = true;
    const participant = new RemoteParticipant(
      { open: (query, listener) => this.#deps.connect(principal, query, listener), clock: hurried },
      { name, offlineMs: OFFLINE_MS },
    );
    const handle = ({ message }: { readonly message: Message }): Promise<void> => this.#take(message, () => isAlive);
    for (const { pattern } of this.consumers) participant.subscribe(pattern, handle, { durable });
    for (let topic = 0; topic < TOPICS; topic++) void this.#publishAll(participant, topic, () => isAlive);
    this.#end = () => {
      isAlive = false;
      void participant.dispose();
    };
  }

  /** Ends its process without a word: call it after its connection was cut. */
  crash(): void {
    this.#end?.();
  }

  /** Publishes one message of a topic after another. */
  async #publishAll(participant: RemoteParticipant, at: number, isAlive: () => boolean): Promise<void> {
    const { kept, options } = this;
    const topic = `plugin/${options.name}/work-${at}`;
    for (let number = kept.next[at] ?? 0; isAlive() && number < options.count / TOPICS; number = kept.next[at] ?? 0) {
      if (this.#deps.random.chance(FORGERIES)) await this.#forge(participant);
      try {
        await participant.publish({ topic, messageId: `${topic}-${number}`, payload: { from: options.name, number } });
        if (isAlive()) kept.next[at] = number + 1;
      } catch (error) {
        if (isAlive() && !(isBridgeError(error) && error.recoverable)) this.#deps.onWrong(`publish: ${String(error)}`);
        await nextPoll();
      }
    }
  }

  /** Publishes as another one, which must not arrive. */
  async #forge(participant: RemoteParticipant): Promise<void> {
    const [victim = "victim"] = this.options.sources;
    const forged = { topic: `plugin/${victim}/work`, source: victim, payload: { from: victim, number: -1 } };
    const result = await participant.publish(forged).then(
      () => undefined,
      (error: unknown) => error,
    );
    const isRefused = isBridgeError(result) && (result.code === "ACCESS_DENIED" || result.recoverable);
    if (!isRefused && result !== undefined && isBridgeError(result) && result.code === "VALIDATION_FAILED") return;
    if (!isRefused) this.#deps.onWrong(`a forged message was accepted: ${String(result)}`);
  }

  async #take({ messageId, source, topic, payload }: Message, isAlive: () => boolean): Promise<void> {
    const { random, onEffect, onWrong } = this.#deps;
    if (random.chance(0.1)) await nextPoll();
    if (!isAlive()) return;
    if (random.chance(FAILURES)) throw new Error("fails at random");
    const { from, number } = payload as { readonly from: string; readonly number: number };
    const isOwn = from === source && topic.startsWith(`plugin/${source}/`) && messageId === `${topic}-${number}`;
    if (!isOwn) onWrong(`${messageId} of ${source} is forged`);
    if (this.kept.effects.has(messageId)) {
      this.kept.repeated += 1;
      return;
    }
    const last = this.kept.last.get(topic) ?? -1;
    if (number !== last + 1) onWrong(`${number} of ${topic} came after ${last}`);
    this.kept.last.set(topic, number);
    this.kept.effects.add(messageId);
    onEffect();
    if (random.chance(FAILURES)) throw new Error("fails after its effect");
  }
}

/** A plugin as its manifest allows it: each process has a token of its own. */
function principalOf(id: string, { name, sources }: ChaosPluginOptions): Principal {
  const scopes = new ScopeSet([
    `bus:publish:plugin/${name}/**`,
    ...sources.map((source) => `bus:subscribe:plugin/${source}/**` as const),
  ]);
  return { id, name, kind: "plugin", scopes, limits: {}, isActive: true };
}
