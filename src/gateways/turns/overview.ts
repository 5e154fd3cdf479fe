import type { Conversation } from "./session/conversation.ts";

/** One conversation of a client, for those who watch over the gateways. */
export interface ConversationRecord {
  readonly id: string;
  readonly principal: { readonly id: string; readonly name: string };
  /** The name that the program gives itself. */
  readonly program: string | undefined;
  /** The protocol. */
  readonly via: string;
  /** As the client has named it in its latest request. */
  readonly model: string;
  readonly workspacePath: string | undefined;
  readonly state: "idle" | "working" | "parked";
  /** Number of responses. */
  readonly responses: number;
  /** The executions that are queued, running or parked, oldest first. */
  readonly executionIds: readonly string[];
  /** The calls that wait for a result of the client. */
  readonly parkedCalls: readonly { readonly id: string; readonly name: string }[];
  /** Estimated, of all requests and responses. */
  readonly tokens: number;
  /** Epoch milliseconds. */
  readonly lastUsedAt: number;
}

export function recordOf(conversation: Conversation): ConversationRecord {
  const { id, caller, model, workspacePath, parked, isIdle, turn, turns, tokens, lastUsedAt } = conversation;
  const { principal, program, via } = caller;
  return {
    id,
    principal: { id: principal.id, name: principal.name },
    program,
    via,
    model,
    workspacePath,
    state: parked !== undefined ? "parked" : isIdle ? "idle" : "working",
    responses: turn,
    executionIds: [...turns].flatMap(({ executionId }) => (executionId === "" ? [] : [executionId])),
    parkedCalls: (parked?.calls ?? []).map((call) => ({ id: call.id, name: call.name })),
    tokens,
    lastUsedAt,
  };
}
