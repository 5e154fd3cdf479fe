import type { Disposable } from "../../../base/disposables.ts";
import { BridgeError, isBridgeError, messageOf } from "../../../protocol/errors.ts";
import { EVERYONE, isParticipantName } from "../names.ts";
import type { BusIdentity, BusStats } from "../participant.ts";
import type { DeadLetter } from "../transport.ts";
import { AcceptedIds } from "./acceptedIds.ts";
import { KnownTopics, noCounts } from "./busCounts.ts";
import { type BrokerDeps, brokerDefaults, type BrokerOptions, type BusParts } from "./busParts.ts";
import { composeMessage } from "./composeMessage.ts";
import { LocalParticipant } from "./localParticipant.ts";
import { MessageIds } from "./messageIds.ts";
import { Turns } from "./turns.ts";

const MAX_PARTICIPANTS = 2000;
/** The source of messages that the bus itself sends. */
const BUS = "kiro-bridge";

/**
 * Lets participants exchange messages over one transport. Checks what they send, says who sent it, and bounds what
 * waits.
 */
export class MessageBroker implements Disposable {
  readonly #parts: BusParts;
  readonly #participants = new Set<LocalParticipant>();
  readonly #deadLetters: Disposable | undefined;
  #isDisposed = false;

  /** Owns the transport. */
  constructor(deps: BrokerDeps, options: Partial<BrokerOptions> = {}) {
    const limits = { ...brokerDefaults, ...options };
    const now = () => deps.clock.now();
    this.#parts = {
      ...deps,
      options: limits,
      composing: { ids: new MessageIds(), maxPayloadBytes: limits.maxPayloadBytes, now },
      counts: noCounts(),
      topics: new KnownTopics(now),
      accepted: new AcceptedIds(),
      turns: new Turns(),
    };
    this.#deadLetters = deps.transport.durable?.deadLetters.onDidAdd((letter) => this.#announce(letter));
  }

  /**
   * Adds a participant. One principal may add several of the same name.
   * @throws BridgeError CONFLICT if another principal has the name; VALIDATION_FAILED, RATE_LIMIT_EXCEEDED, KIRO_UNAVAILABLE
   */
  attach(identity: BusIdentity): LocalParticipant {
    if (this.#isDisposed) throw new BridgeError("KIRO_UNAVAILABLE", "The message bus has stopped.");
    const { name, principalId } = identity;
    if (!isParticipantName(name)) throw new BridgeError("VALIDATION_FAILED", "This is no name of a plugin.");
    const sameName = [...this.#participants].find((other) => other.name === name);
    if (sameName !== undefined && sameName.identity.principalId !== principalId) {
      throw new BridgeError("CONFLICT", `Another program takes part in the bus as ${name}.`, { name });
    }
    if (this.#participants.size >= MAX_PARTICIPANTS) {
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too many programs take part in the bus.");
    }
    const participant = new LocalParticipant(identity, this.#parts, {
      waiting: sameName?.waiting ?? { bytes: 0 },
      stats: () => this.stats(),
      onDispose: () => this.#participants.delete(participant),
    });
    this.#participants.add(participant);
    return participant;
  }

  stats(): BusStats {
    const { counts, topics, transport } = this.#parts;
    const all = [...this.#participants];
    return {
      ...counts,
      participants: all.length,
      subscriptions: all.reduce((sum, { subscriptions }) => sum + subscriptions, 0),
      pendingRequests: all.reduce((sum, { pendingRequests }) => sum + pendingRequests, 0),
      deadLetters: transport.durable?.deadLetters.count ?? 0,
      topics: topics.read(),
    };
  }

  /** Ends all participants: their requests fail with KIRO_UNAVAILABLE. */
  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    void this.#deadLetters?.dispose();
    for (const participant of this.#participants) await participant.dispose();
    await this.#parts.transport.dispose();
  }

  /** Publishes a dead letter on `dead-letter/<topic>`: without its message, if that is too large. */
  #announce({ message, ...letter }: DeadLetter): void {
    try {
      this.#send(message.topic, { ...letter, message });
    } catch (error) {
      const isTooLarge = isBridgeError(error) && error.code === "PAYLOAD_TOO_LARGE";
      if (isTooLarge) return this.#send(message.topic, letter);
      this.#parts.logger.warn("A dead letter was not announced.", { error: messageOf(error) });
    }
  }

  #send(topic: string, payload: unknown): void {
    const { transport, topics, composing } = this.#parts;
    const { text } = topics.find(`dead-letter/${topic}`);
    const facts = { source: BUS, topic: text, destination: EVERYONE, messageType: "event" } as const;
    const packet = composeMessage({ topic: text, payload }, facts, composing);
    void Promise.resolve(transport.publish(packet)).catch((error: unknown) => {
      this.#parts.logger.warn("A dead letter was not announced.", { error: messageOf(error) });
    });
  }
}
