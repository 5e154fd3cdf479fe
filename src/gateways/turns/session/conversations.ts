import type { Clock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { Emitter } from "../../../base/events.ts";
import type { Logger } from "../../../base/logger.ts";
import type { Principal } from "../../../core/access/principal.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import { bridgeStopping } from "../../../protocol/unavailable.ts";
import type { Conversation } from "./conversation.ts";

/** Time in milliseconds after which an unused session is closed. */
export const IDLE_MS = 30 * 60_000;

export interface ConversationsDeps {
  /** Ends a session of an agent. @throws BridgeError NOT_FOUND */
  readonly closeSession: (name: string, principal: Principal) => Promise<string>;
  /** Maximum number of conversations of one principal. */
  readonly maxSessions: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The conversations of this window, by principal: none ever sees another's. */
export class Conversations implements Disposable {
  readonly #deps: ConversationsDeps;
  readonly #principals = new Map<string, Map<string, Conversation>>();
  readonly #timeouts = new Map<Conversation, Disposable>();
  readonly #closing = new Set<Promise<void>>();
  readonly #changed = new Emitter<void>();
  /** Fires when a conversation has begun, changed or ended. */
  readonly onDidChange = this.#changed.event;

  constructor(deps: ConversationsDeps) {
    this.#deps = deps;
  }

  get all(): readonly Conversation[] {
    return [...this.#principals.values()].flatMap((own) => [...own.values()]);
  }

  /** Returns the conversations of a principal, the least recently used first. */
  of({ id }: Principal): readonly Conversation[] {
    return [...(this.#principals.get(id)?.values() ?? [])].toSorted((a, b) => a.usedAt - b.usedAt);
  }

  get(principal: Principal, id: string): Conversation | undefined {
    return this.#principals.get(principal.id)?.get(id);
  }

  /**
   * Adds a conversation, in place of one with the same ID. Closes the least recently used one if there are too many; those
   * that end with their turn do not count.
   * @throws BridgeError RATE_LIMIT_EXCEEDED if all of them are working
   */
  add(conversation: Conversation): void {
    const { principal } = conversation.caller;
    const replaced = this.get(principal, conversation.id);
    if (replaced !== undefined) this.#retire(replaced);
    if (!conversation.isSingleUse) this.#makeRoom(principal);
    const own = this.#principals.get(principal.id) ?? new Map<string, Conversation>();
    own.set(conversation.id, conversation);
    this.#principals.set(principal.id, own);
    this.use(conversation);
  }

  /** Tells that something about a conversation has changed. */
  tell(): void {
    this.#changed.fire();
  }

  /** Records that a conversation is used, which keeps it from being closed. */
  use(conversation: Conversation): void {
    const { clock } = this.#deps;
    conversation.usedAt = clock.now();
    conversation.lastUsedAt = Date.now();
    void this.#timeouts.get(conversation)?.dispose();
    this.#timeouts.delete(conversation);
    this.#changed.fire();
  }

  /** Closes a conversation later, unless it is used before. */
  rest(conversation: Conversation): void {
    this.use(conversation);
    if (this.get(conversation.caller.principal, conversation.id) !== conversation) return this.close(conversation);
    this.#timeouts.set(
      conversation,
      this.#deps.clock.after(IDLE_MS, () => this.close(conversation)),
    );
  }

  /** Ends a conversation with its turns and its session. */
  close(conversation: Conversation): void {
    this.#forget(conversation);
    const closing = this.#end(conversation).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** The sessions end with the agents. */
  async dispose(): Promise<void> {
    for (const timeout of this.#timeouts.values()) void timeout.dispose();
    await Promise.all([...this.all.map((conversation) => conversation.close(bridgeStopping())), ...this.#closing]);
    this.#changed.dispose();
  }

  #makeRoom(principal: Principal): void {
    const own = this.of(principal).filter(({ isSingleUse }) => !isSingleUse);
    if (own.length < this.#deps.maxSessions()) return;
    const parked = own.filter((conversation) => conversation.parked !== undefined);
    const oldest = own.find(({ isIdle }) => isIdle) ?? parked[0];
    if (oldest === undefined) {
      const message = `All ${own.length} sessions of this client are working. Try again when one has ended.`;
      throw new BridgeError("RATE_LIMIT_EXCEEDED", message, { limit: own.length });
    }
    this.close(oldest);
  }

  /** Lets a conversation finish its turns under a name that leads to another one now. */
  #retire(conversation: Conversation): void {
    if (conversation.isIdle || conversation.parked !== undefined) this.close(conversation);
    else this.#forget(conversation);
  }

  #forget(conversation: Conversation): void {
    const { principal } = conversation.caller;
    void this.#timeouts.get(conversation)?.dispose();
    this.#timeouts.delete(conversation);
    const own = this.#principals.get(principal.id);
    if (own?.get(conversation.id) === conversation) own.delete(conversation.id);
    if (own?.size === 0) this.#principals.delete(principal.id);
    this.#changed.fire();
  }

  async #end(conversation: Conversation): Promise<void> {
    const { caller, sessionName, isSingleUse } = conversation;
    await conversation.close(new BridgeError("CONFLICT", "The session of this conversation was closed."));
    if (isSingleUse) return;
    try {
      await this.#deps.closeSession(sessionName, caller.principal);
    } catch (error) {
      if (isBridgeError(error) && error.code === "NOT_FOUND") return;
      this.#deps.logger.warn("The session of a gateway could not be closed", { error: String(error) });
    }
  }
}
