import type { BusParticipant } from "../bus/participant.ts";
import type { DurablePatterns } from "./declaredSubscriptions.ts";

export interface AttachListener {
  /** Takes what no caller can be told, such as a subscription that the bridge has refused. */
  onError(error: unknown): void;
  /** The bridge does not let the participant take part any more. */
  onEnd(): void;
}

/** The bus that the message buses of this process take part in: one in the process, or that of a bridge. */
export interface BusPlace {
  /** True if messages can come from outside of the process, so that subscriptions keep it alive. */
  readonly isShared: boolean;
  /**
   * Returns a participant at once; what it is asked before it is connected waits.
   * @throws BridgeError VALIDATION_FAILED for a name that no participant can have
   */
  attach(name: string, listener: AttachListener): BusParticipant;
  /** Returns the subscriptions of a plugin that are durable unless it says otherwise. */
  durablePatternsOf(name: string): DurablePatterns;
  /** Has shared state kept: in the process, while it runs. A bridge does so in any case. */
  keepState(): void;
  /** Ends the bus of the process. Participants of a bridge end on their own. */
  dispose(): void;
}
