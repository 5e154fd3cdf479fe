import type { Conversation } from "./conversation.ts";
import { isAnswerOf } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";
import type { SessionKeys } from "./sessionKeys.ts";
import { lengthOfKnown, startOfAnswer, type Transcript, transcriptOf } from "./transcript.ts";
import type { TurnRequest } from "../turn.ts";

export type Selection =
  /** A turn of the conversation waits for the results in the request. */
  | { readonly kind: "parked"; readonly conversation: Conversation }
  /** The client has named the conversation. */
  | { readonly kind: "named"; readonly conversation: Conversation }
  /** The agent remembers the messages before the last answer. */
  | { readonly kind: "known"; readonly conversation: Conversation }
  | { readonly kind: "fresh" };

/** A request for which a conversation is selected. */
interface Selected {
  readonly request: TurnRequest;
  readonly toolList: string;
  /** The conversation up to the last answer in the request. */
  readonly known: Transcript;
}

/**
 * Selects the conversation that answers a request. Except for one that the client has named, its transcript equals the
 * beginning of the request: no property of a request but its whole text says which conversation it belongs to.
 */
export function select(
  { request, toolList, known }: Selected,
  conversations: Conversations,
  keys: SessionKeys,
): Selection {
  const { caller, workspacePath, session, messages } = request;
  const own = conversations.of(caller.principal).filter((conversation) => conversation.workspacePath === workspacePath);
  const parked = own.find((conversation) => isParkedFor(conversation, request));
  if (parked !== undefined) return { kind: "parked", conversation: parked };
  const fits = (conversation: Conversation): boolean => conversation.toolList === toolList;
  if (session !== undefined) {
    const named = conversations.get(caller.principal, session);
    const isUsable = named !== undefined && fits(named) && named.workspacePath === workspacePath;
    return isUsable ? { kind: "named", conversation: named } : { kind: "fresh" };
  }
  if (lengthOfKnown(messages) === 0) return { kind: "fresh" };
  const equal = own.filter((conversation) => conversation.transcript === known && fits(conversation));
  const positions = keysOf(request).flatMap((key) => keys.read(caller.principal.id, key) ?? []);
  const keyed = equal.find(({ id, turn }) => positions.some((at) => at.sessionId === id && at.turn === turn));
  const conversation = keyed ?? equal.at(-1);
  return conversation === undefined ? { kind: "fresh" } : { kind: "known", conversation };
}

/** Returns the results in a request that the last answer has asked for, by the IDs of their calls. */
function resultsOf({ messages }: TurnRequest) {
  const trailing = messages.slice(lengthOfKnown(messages));
  return new Map(trailing.flatMap((message) => (message.role === "tool" ? [[message.callId, message]] : [])));
}

function isParkedFor({ id, parked }: Conversation, request: TurnRequest): boolean {
  if (parked === undefined) return false;
  const results = resultsOf(request);
  if (!parked.calls.some((call) => results.has(call.id))) return false;
  // The client has asked for this one, whatever it sends of the conversation.
  if (id === request.session) return true;
  const { messages } = request;
  const end = lengthOfKnown(messages);
  const start = startOfAnswer(messages, end);
  return isAnswerOf(parked, messages.slice(start, end)) && transcriptOf(messages.slice(0, start)) === parked.before;
}

/** Returns the keys in the last answer. */
function keysOf({ messages }: TurnRequest): readonly string[] {
  const end = lengthOfKnown(messages);
  const answers = messages.slice(startOfAnswer(messages, end), end);
  return answers.flatMap((message) => (message.role === "assistant" ? message.keys : []));
}
