import { isKiroBridgeError } from "../errors.ts";
import { Backoff } from "../events/backoff.ts";
import type { Executions } from "../executions.ts";
import type { Calls } from "../http/calls.ts";
import { newKey } from "../http/newKey.ts";
import { traceHeaderOf } from "../http/traceHeader.ts";
import type { Scope } from "../lifetime.ts";
import type { CallOptions } from "../options.ts";
import type { TraceOptions } from "../requests.ts";
import type { ChatRequest, ChatStreamPayloads, UserInputRequest, UserInputResponse } from "../wireTypes.ts";
import { type ChatEvent, ChatStream } from "./chatStream.ts";
import { ChatTurn, type TurnReading } from "./chatTurn.ts";

/** A question of the CLI during a turn. */
export type ChatQuestionEvent = ChatStreamPayloads["question"];

export interface ChatOptions extends CallOptions, TraceOptions {
  /** Returns the answer to a question, or undefined to leave it to others. */
  readonly onQuestion?: ((question: ChatQuestionEvent) => string | undefined | Promise<string | undefined>) | undefined;
  /** The turn fails for its reader when the bridge is away for so long, in milliseconds; by default a minute. */
  readonly maxOfflineMs?: number | undefined;
}

export interface ChatDeps {
  readonly calls: Calls;
  readonly executions: Executions;
}

/** The command that a chat is (docs/wire-contract.md#64-commands). */
export const CHAT_COMMAND = "kiro.cli.chat";
const MAX_OFFLINE_MS = 60_000;

/** Sends a prompt, and returns its turn. */
export function openChat(deps: ChatDeps, request: string | ChatRequest, options: ChatOptions): ChatTurn {
  const { calls, executions } = deps;
  const body = typeof request === "string" ? { prompt: request } : request;
  const wireRequest = {
    method: "POST",
    path: "/kiro/chat",
    body: { ...body, ...calls.placeOf(body) },
    command: CHAT_COMMAND,
    args: [body.prompt ?? body.message ?? ""],
    headers: traceHeaderOf(options.traceparent),
    idempotencyKey: options.idempotencyKey ?? newKey(),
    priority: options.priority,
    timeoutMs: undefined,
  } as const;
  const maxOfflineMs = options.maxOfflineMs ?? MAX_OFFLINE_MS;
  const open = (): TurnReading => {
    const scope = calls.lifetime.scope(options.signal, options.timeoutMs);
    const { signal } = scope;
    const backoff = new Backoff({ signal, maxOfflineMs });
    return { scope, stream: new ChatStream({ calls, signal, backoff }, wireRequest) };
  };
  const onEvent = (event: ChatEvent, scope: Scope): void => {
    if (event.type !== "question" || options.onQuestion === undefined) return;
    const answering = answer(calls, event, options.onQuestion, scope.signal);
    answering.catch((error: unknown) => scope.end(error));
  };
  return new ChatTurn({ open, onEvent, cancel: (id) => executions.cancel(id) });
}

async function answer(
  calls: Calls,
  question: ChatQuestionEvent,
  onQuestion: NonNullable<ChatOptions["onQuestion"]>,
  signal: AbortSignal,
): Promise<void> {
  const value = await onQuestion(question);
  if (value === undefined || signal.aborted) return;
  const { executionId, questionId, inputType: type } = question;
  const body: UserInputRequest = { executionId, questionId, type, value };
  try {
    await calls.json<UserInputResponse>({ method: "POST", path: "/api/kiro/input", body }, { signal }, {});
  } catch (error) {
    // It was answered elsewhere, or has expired.
    if (!isKiroBridgeError(error) || error.code !== "CONFLICT") throw error;
  }
}
