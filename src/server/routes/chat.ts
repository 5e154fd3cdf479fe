import type { Request, Response, Router } from "express";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { Answerable } from "../../core/commands/submission.ts";
import { type ChatRequest, chatRequestSchema } from "../../protocol/chat.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import { validate } from "../../protocol/validate.ts";
import { sendJson } from "../http/answers.ts";
import { chatAccepted, chatResponse, findJson, type JsonWish } from "../chat/chatAnswer.ts";
import { streamChat } from "../chat/chatStream.ts";
import { callerOf, type ClientRegistry } from "../clients.ts";
import { readJson } from "../http/jsonBody.ts";
import { whenRoomFor } from "../limits/lateAnswer.ts";
import { addResource } from "../http/resource.ts";
import type { JsonSchema } from "../schemas/jsonSchema.ts";
import type { SchemaChecks } from "../schemas/schemaChecks.ts";
import {
  idempotencyKeyOf,
  prefersAsync,
  sendAccepted,
  sendAcceptedAsync,
  submitTo,
  type Submitter,
} from "../http/submission.ts";

export interface ChatDeps {
  readonly dispatcher: Submitter;
  readonly events: EventLog;
  readonly clients: ClientRegistry;
  /** The JSON in an answer; undefined when there is none. */
  readonly extractJson: (text: string) => unknown;
  readonly schemas: Pick<SchemaChecks, "assertUsable" | "problemOf">;
  /** Whether the simulator answers in Kiro's place. */
  readonly isSimulated: () => boolean;
}

const EVENT_STREAM = /(?:^|,)\s*text\/event-stream\s*(?:[;,]|$)/i;

/**
 * `POST /kiro/chat` (docs/wire-contract.md#61-chat): a prompt for Kiro CLI, and what it answers. A stream of a repeated request
 * is that of the same execution from its beginning; who wants a stream waits, whatever it prefers otherwise.
 */
export function addChat(router: Router, parts: ChatDeps, maxBodyBytes: number): void {
  addResource(router, "/kiro/chat", {
    post: async (request, response, next) => {
      const key = idempotencyKeyOf(request);
      const body = validate(chatRequestSchema, await readJson(request, maxBodyBytes));
      const wish = body.schema && (await wishFor(body.schema, parts));
      const before = parts.events.lastId;
      const isStream = EVENT_STREAM.test(request.headers.accept ?? "");
      // Before the turn begins: its answer could not be given.
      if (isStream) parts.clients.assertRoom();
      const { execution, isRepeat } = await submitTo(parts.dispatcher, {
        request: asExecution(body),
        idempotencyKey: key,
        identity: identityOf(body),
        caller: callerOf(request),
      });
      if (isStream) {
        await stream(request, response, execution, parts, isRepeat ? 0 : before, wish);
        return;
      }
      if (prefersAsync(request)) {
        sendAcceptedAsync(response, execution, chatAccepted(execution));
        return;
      }
      await execution.answered;
      whenRoomFor(response.app.locals.unsent, execution, (told) => {
        answer(response, told, parts, wish).catch(next);
      });
    },
  });
}

/** Before the turn: a schema that cannot be used would be known after minutes only. */
async function wishFor(schema: JsonSchema, { extractJson, schemas }: ChatDeps): Promise<JsonWish> {
  await schemas.assertUsable(schema);
  return { extract: extractJson, problemOf: (json) => schemas.problemOf(schema, json) };
}

function asExecution({ prompt, message, schema, ...rest }: ChatRequest): ExecuteRequest {
  const text = prompt ?? message ?? "";
  return {
    command: "kiro.cli.chat",
    args: [schema === undefined ? text : askingForJson(text, schema)],
    ...(rest.session !== undefined && { session: rest.session }),
    ...(rest.timeoutMs !== undefined && { timeoutMs: rest.timeoutMs }),
    ...(rest.workspacePath !== undefined && { workspacePath: rest.workspacePath }),
  };
}

/** Under whichever name the prompt came. */
function identityOf({ prompt, message, ...rest }: ChatRequest): object {
  return { chat: { ...rest, prompt: prompt ?? message } };
}

/** The CLI can not know the schema unless it is told. */
function askingForJson(prompt: string, schema: object): string {
  return `${prompt}\n\nAnswer with one JSON value in a fence of \`\`\`json. It must fit this JSON Schema:\n${JSON.stringify(schema)}`;
}

/** 200 for whatever the CLI did, 202 while it asks or goes on behind a question, an error when the bridge could not bring the turn to its end. */
async function answer(
  response: Response,
  execution: Answerable,
  parts: ChatDeps,
  wish: JsonWish | undefined,
): Promise<void> {
  if (!execution.isSettled) {
    sendAccepted(response, execution, chatAccepted(execution));
    return;
  }
  const { failure } = execution;
  if (failure !== undefined) {
    sendJson(response, failure.status, failedBody(execution));
    return;
  }
  const finding = wish && (await findJson(execution, wish));
  sendJson(response, 200, chatResponse(execution, parts.isSimulated(), finding));
}

async function stream(
  request: Request,
  response: Response,
  execution: Answerable,
  parts: ChatDeps,
  after: number,
  wish: JsonWish | undefined,
): Promise<void> {
  const told = { log: parts.events, clients: parts.clients, after };
  await streamChat(request, response, execution, told, async (ended) => {
    if (ended.failure !== undefined) return { name: "error", body: failedBody(ended) };
    const finding = wish && (await findJson(ended, wish));
    return { name: "done", body: chatResponse(ended, parts.isSimulated(), finding) };
  });
}

/** The one error body, with the text so far: after a deadline half an answer may still be of use. */
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
