import type { Transport, TurnEnd } from "./agent.ts";

/** The end of a turn. `dequeued`: it was cancelled before it was sent. */
export interface SessionAnswer {
  readonly end: TurnEnd | { readonly kind: "cancelled"; readonly how: "dequeued" };
  readonly transport: Transport | undefined;
  /** True if the CLI has no memory of earlier turns: for the first turn, and after a crash or kill. */
  readonly isNewConversation: boolean;
}
