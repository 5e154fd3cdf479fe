import type { Request, Response, Router } from "express";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { AgentChoice, ChosenAgent } from "../../core/models/agentChoice.ts";
import type { Answerable } from "../../core/commands/submission.ts";
import { type ChatRequest, chatRequestSchema } from "../../protocol/chat.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import { validate } from "../../protocol/validate.ts";
import { sendFailure, sendJson } from "../http/answers.ts";
import { chatAccepted, chatResponse, findJson } from "../chat/chatAnswer.ts";
import { askingForJson, type JsonWish } from "../chat/jsonWish.ts";
import { streamChat } from "../chat/chatStream.ts";
import type { ClientRegistry } from "../clients.ts";
import { activePrincipalOf, callerOf, principalOf } from "../guards/principals.ts";
import { whenRoomFor } from "../limits/lateAnswer.ts";
import { addResource, guarded } from "../http/resource.ts";
import type { JsonSchema } from "../../protocol/schemas/jsonSchema.ts";
import type { SchemaChecks } from "../schemas/schemaChecks.ts";
import {
  idempotencyKeyOf,
  prefersAsync,
  sendAccepted,
  sendAcceptedAsync,
  submitTo,
  type Submitter,
} from "../http/submission.ts";
import type { Placement } from "../windows/placement.ts";

export interface ChatDeps {
  readonly dispatcher: Submitter;
  readonly placement: Placement;
  readonly events: EventLog;
  readonly clients: ClientRegistry;
  readonly agentChoice: Pick<AgentChoice, "choose">;
  /** Extracts the JSON of an answer, or returns undefined. */
  readonly extractJson: (text: string) => unknown;
  readonly schemas: Pick<SchemaChecks, "assertUsable" | "problemOf">;
  /** Returns true if the simulator replaces Kiro. */
  readonly isSimulated: () => boolean;
}

const EVENT_STREAM = /(?:^|,)\s*text\/event-stream\s*(?:[;,]|$)/i;

/**
 * `POST /kiro/chat` (docs/wire-contract.md#61-chat): sends a prompt to an agent and returns the answer. The stream of a
 * repeated request replays the same execution from its beginning. `Accept: text/event-stream` overrides `Prefer:
 * respond-async`.
 */
export function addChat(router: Router, deps: ChatDeps): void {
  addResource(router, "/kiro/chat", {
    post: guarded("agents:prompt", async (request, response, next) => {
      const key = idempotencyKeyOf(request);
      const isStream = EVENT_STREAM.test(request.headers.accept ?? "");
      const placed = await deps.placement.read(request, response, {
        parse: (body) => validate(chatRequestSchema, body),
        select: (body) => deps.placement.destinationOf(request, body, key),
        connection: isStream ? "sse" : undefined,
      });
      if (placed === undefined) return;
      const { body, destination } = placed;
      const wish = body.schema && (await wishFor(body.schema, deps));
      const before = deps.events.lastId;
      // Checked before the turn, because its response could not be sent.
      if (isStream) deps.clients.assertRoom(principalOf(request));
      const { execution, isRepeat } =
        destination.kind === "past"
          ? { ...destination, isRepeat: true }
          : await submitTo(deps.dispatcher, {
              request: asExecution(body, await deps.agentChoice.choose(body.target)),
              idempotencyKey: key,
              identity: identityOf(body),
              caller: callerOf(request),
            });
      if (isStream) {
        await stream(request, response, execution, deps, isRepeat ? 0 : before, wish);
        return;
      }
      if (prefersAsync(request)) {
        sendAcceptedAsync(response, execution, chatAccepted(execution));
        return;
      }
      await execution.answered;
      const principal = activePrincipalOf(request);
      whenRoomFor(response.app.locals.unsent, execution, (told) => {
        if (principal.isActive) answer(response, told, deps, wish).catch(next);
        else response.destroy();
      });
    }),
  });
}

/** Validates the schema before the turn; otherwise an error would be found after minutes. */
async function wishFor(schema: JsonSchema, { extractJson, schemas }: ChatDeps): Promise<JsonWish> {
  await schemas.assertUsable(schema);
  return { extract: extractJson, problemOf: (json) => schemas.problemOf(schema, json) };
}

function asExecution({ prompt, message, schema, ...rest }: ChatRequest, { command }: ChosenAgent): ExecuteRequest {
  const text = prompt ?? message ?? "";
  return {
    command,
    args: [schema === undefined ? text : askingForJson(text, schema)],
    ...(rest.session !== undefined && { session: rest.session }),
    ...(rest.timeoutMs !== undefined && { timeoutMs: rest.timeoutMs }),
    ...(rest.workspacePath !== undefined && { workspacePath: rest.workspacePath }),
    ...(rest.windowId !== undefined && { windowId: rest.windowId }),
  };
}

/** Reads the prompt from any of its field names. */
function identityOf({ prompt, message, ...rest }: ChatRequest): object {
  return { chat: { ...rest, prompt: prompt ?? message } };
}

/**
 * Sends 200 for any result of the CLI, 202 while it asks or runs on after a question, and an error if the bridge could
 * not finish the turn.
 */
async function answer(
  response: Response,
  execution: Answerable,
  deps: ChatDeps,
  wish: JsonWish | undefined,
): Promise<void> {
  if (!execution.isSettled) {
    sendAccepted(response, execution, chatAccepted(execution));
    return;
  }
  const { failure } = execution;
  if (failure !== undefined) {
    sendFailure(response, failure, failedBody(execution));
    return;
  }
  const finding = wish && (await findJson(execution, wish));
  sendJson(response, 200, chatResponse(execution, deps.isSimulated(), finding));
}

async function stream(
  request: Request,
  response: Response,
  execution: Answerable,
  deps: ChatDeps,
  after: number,
  wish: JsonWish | undefined,
): Promise<void> {
  const told = { log: deps.events, clients: deps.clients, after };
  await streamChat(request, response, execution, told, async (ended) => {
    if (ended.failure !== undefined) return { name: "error", body: failedBody(ended) };
    const finding = wish && (await findJson(ended, wish));
    return { name: "done", body: chatResponse(ended, deps.isSimulated(), finding) };
  });
}

/** Sends the error body with the text so far, which may be useful after a timeout. */
function failedBody(execution: Answerable): object {
  const { output, sessionId, end, failure } = execution;
  return {
    ...failure?.toBody(),
    success: false,
    error: end.error,
    output: output.text,
    ...(sessionId !== undefined && { sessionId }),
  };
}
