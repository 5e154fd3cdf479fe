import { randomUUID } from "node:crypto";
import type { Disposable } from "../../../base/disposables.ts";
import { Emitter } from "../../../base/events.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { DeadLetter, DeadLetters } from "../../bus/transport.ts";
import { encodeMessage, isMessage, parse } from "../envelope.ts";
import type { NatsLink } from "../link.ts";
import type { Subjects } from "../subjects.ts";
import { consumerIdOf } from "./consumer.ts";
import { type Session, storeError } from "./session.ts";

const WAIT_MS = 10_000;

export interface NatsDeadLettersDeps {
  readonly session: (signal: AbortSignal) => Promise<Session>;
  readonly link: NatsLink;
  readonly subjects: Subjects;
}

/** The dead letters of all bridges, in a stream of their own, which drops the oldest of too many. */
export class NatsDeadLetters implements DeadLetters, Disposable {
  readonly #deps: NatsDeadLettersDeps;
  readonly #didAdd = new Emitter<DeadLetter>();
  readonly #counting: Disposable;
  #count = 0;

  constructor(deps: NatsDeadLettersDeps) {
    this.#deps = deps;
    // Those of other bridges as well.
    this.#counting = deps.link.subscribe(deps.subjects.allDeadLetters, undefined, () => (this.#count += 1));
  }

  /** As far as this bridge knows: another one may have removed some. */
  get count(): number {
    return this.#count;
  }

  /** Fires for those of this bridge. */
  get onDidAdd() {
    return this.#didAdd.event;
  }

  async list(limit: number): Promise<readonly DeadLetter[]> {
    const session = await this.#session();
    const { manager, deadStream } = session;
    const { state } = await manager.streams.info(deadStream, { deleted_details: true });
    this.#count = state.messages;
    const removed = new Set(state.deleted);
    const letters: DeadLetter[] = [];
    for (let at = state.last_seq; at >= Math.max(1, state.first_seq) && letters.length < limit; at -= 1) {
      if (removed.has(at)) continue;
      const stored = await manager.streams.getMessage(deadStream, { seq: at });
      const letter = stored === null ? undefined : letterOf(stored.data);
      if (letter !== undefined) letters.push(letter);
    }
    return letters;
  }

  async add(content: Omit<DeadLetter, "id" | "timestamp">): Promise<void> {
    const letter: DeadLetter = { ...content, id: randomUUID(), timestamp: new Date().toISOString() };
    const { client } = await this.#session();
    try {
      await client.publish(this.#deps.subjects.ofDeadLetter(letter.id), JSON.stringify(letter));
    } catch (error) {
      throw storeError(error);
    }
    this.#didAdd.fire(letter);
  }

  async resend(id: string): Promise<void> {
    const { consumer, message } = await this.#find(id);
    const { client } = await this.#session();
    const subject = this.#deps.subjects.ofConsumer(consumerIdOf(consumer), message.topic);
    try {
      await client.publish(subject, encodeMessage(message), { msgID: `again/${id}` });
    } catch (error) {
      throw storeError(error);
    }
    await this.remove(id);
  }

  async remove(id: string): Promise<void> {
    const session = await this.#session();
    if (!isId(id)) throw noLetter();
    const { purged } = await session.manager.streams.purge(session.deadStream, {
      filter: this.#deps.subjects.ofDeadLetter(id),
    });
    await this.refresh(session);
    if (purged === 0) throw noLetter();
  }

  async refresh({ manager, deadStream }: Session): Promise<void> {
    const { state } = await manager.streams.info(deadStream);
    this.#count = state.messages;
  }

  dispose(): void {
    void this.#counting.dispose();
    this.#didAdd.dispose();
  }

  async #find(id: string): Promise<DeadLetter> {
    const { manager, deadStream } = await this.#session();
    if (!isId(id)) throw noLetter();
    const query = { last_by_subj: this.#deps.subjects.ofDeadLetter(id) };
    const stored = await manager.streams.getMessage(deadStream, query);
    const letter = stored === null ? undefined : letterOf(stored.data);
    if (letter === undefined) throw noLetter();
    return letter;
  }

  #session(): Promise<Session> {
    return this.#deps.session(AbortSignal.timeout(WAIT_MS));
  }
}

function letterOf(data: Uint8Array): DeadLetter | undefined {
  const letter = parse(data);
  return isLetter(letter) ? letter : undefined;
}

function isLetter(value: unknown): value is DeadLetter {
  if (typeof value !== "object" || value === null || !("message" in value) || !("consumer" in value)) return false;
  const { message, consumer } = value;
  return isMessage(message) && typeof consumer === "object" && consumer !== null && "pattern" in consumer;
}

/** A caller's text becomes part of a subject. */
function isId(id: string): boolean {
  return /^[\da-f-]{36}$/.test(id);
}

function noLetter(): BridgeError {
  return new BridgeError("NOT_FOUND", "There is no such dead letter.");
}
