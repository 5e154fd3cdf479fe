import type { ConversationView } from "../../dashboard/contract/conversations.ts";
import type { Gateways } from "../../gateways/door/lateLibraries.ts";

type ConversationRecord = ReturnType<Gateways["overview"]>[number];

/** Returns a conversation as dashboards show it. */
export function conversationView(record: ConversationRecord, windowId: string): ConversationView {
  const { id, via, principal, program, model, state, responses, executionIds, parkedCalls, tokens, lastUsedAt } =
    record;
  const executionId = executionIds.at(-1);
  return {
    id,
    windowId,
    via,
    principal: principal.name,
    ...(program !== undefined && { program }),
    model,
    state,
    turns: responses,
    ...(executionId !== undefined && { executionId }),
    parkedCalls: parkedCalls.map(({ name }) => name),
    tokens,
    lastUsedAt: new Date(lastUsedAt).toISOString(),
  };
}
