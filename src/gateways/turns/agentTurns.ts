import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Event } from "../../base/events.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import { bridgeStopping } from "../../protocol/unavailable.ts";
import { ExecutionEvents } from "./answer/executionEvents.ts";
import { type ConversationRecord, recordOf } from "./overview.ts";
import { ReplayGuard } from "./replay/replayGuard.ts";
import { Conversations, type ConversationsDeps } from "./session/conversations.ts";
import { SessionKeys } from "./session/sessionKeys.ts";
import { TurnStart, type TurnStartDeps } from "./turnStart.ts";
import type { TurnRequest, TurnResponse, Turns } from "./turn.ts";

export interface AgentTurnsDeps
  extends Pick<ConversationsDeps, "closeSession">,
    Omit<TurnStartDeps, "events" | "conversations" | "keys"> {
  readonly events: Pick<EventLog, "lastId" | "onDidAppend" | "since">;
}

/** The turns of all gateways with the agent of this window. */
export class AgentTurns implements Turns, Disposable {
  /** Fires when a conversation has begun, changed or ended. */
  readonly onDidChange: Event<void>;
  readonly #conversations: Conversations;
  readonly #store = new DisposableStore();
  readonly #guard: ReplayGuard;
  readonly #start: TurnStart;
  #isDisposed = false;

  constructor(deps: AgentTurnsDeps) {
    const { clock, logger, closeSession, settings } = deps;
    const events = this.#store.add(new ExecutionEvents(deps.events));
    const maxSessions = (): number => settings()["gateways.maxSessions"];
    this.#conversations = this.#store.add(new Conversations({ closeSession, maxSessions, clock, logger }));
    this.onDidChange = this.#conversations.onDidChange;
    this.#guard = this.#store.add(new ReplayGuard(clock));
    this.#start = new TurnStart({
      ...deps,
      events,
      conversations: this.#conversations,
      keys: new SessionKeys(deps.windowId),
    });
  }

  async respond(request: TurnRequest): Promise<TurnResponse> {
    if (this.#isDisposed) throw bridgeStopping();
    return await this.#guard.once(request, () => this.#start.respond(request));
  }

  /** Returns the conversations of this window. */
  overview(): readonly ConversationRecord[] {
    return this.#conversations.all.map(recordOf);
  }

  dispose(): Promise<void> {
    this.#isDisposed = true;
    return this.#store.dispose();
  }
}
