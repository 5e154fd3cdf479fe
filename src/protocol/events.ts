import * as z from "zod";
import { agentStepSchema, compactionSchema } from "./agents/agentStep.ts";
import { errorCodes } from "./errors.ts";
import type { FinalStatus } from "./executionStatus.ts";
import { originTraceSchema, parentIdSchema, requesterSchema, targetIdSchema } from "./executions.ts";
import { windowSchema } from "./status.ts";
import { unavailableCauses } from "./unavailable.ts";
import { inputRequestSchema, inputTypes, waitingForSchema } from "./input.ts";

const ofExecution = {
  executionId: z.string(),
  principalId: z
    .string()
    .optional()
    .describe("The principal that requested the execution. Absent in events of earlier versions."),
};
const fileDiffSchema = z.object({
  path: z.string(),
  oldText: z.string().optional().describe("Absent for a new file."),
  newText: z.string(),
  isTruncated: z.boolean().optional(),
});

/** A change of a file by a tool. */
export type FileDiff = z.infer<typeof fileDiffSchema>;

/** Missing in events of earlier versions. */
const targetId = targetIdSchema.optional();
const requestedBy = requesterSchema.optional();
const parentId = parentIdSchema.optional();
const traceparent = originTraceSchema.optional();
const { questionId } = inputRequestSchema.shape;

/**
 * The payload of each event type (docs/wire-contract.md#51-one-sequence); the first eight are of the original API
 * (#7-compatibility). Every event also has `{type, eventId, timestamp, windowId}`.
 */
export const eventPayloads = {
  "connection-ready": z.object({
    serverInfo: z.object({ version: z.string(), features: z.array(z.string()) }),
    epoch: z
      .string()
      .describe(
        "Identifies the sequence of event IDs: another one after a restart, and when another window has taken over the address.",
      ),
    lastEventId: z.int().describe("The ID of the newest event. Subscribe with `since` to receive earlier ones."),
    clientId: z.string().describe("Identifies this connection in the list of clients."),
  }),
  "command-started": z.object({
    ...ofExecution,
    command: z.string(),
    args: z.array(z.string()),
    target: targetId,
    requestedBy,
    parentId,
    traceparent,
  }),
  "command-output": z.object({ ...ofExecution, output: z.string(), stream: z.enum(["stdout", "stderr"]) }),
  "command-completed": z.object({
    ...ofExecution,
    success: z.boolean(),
    output: z.string(),
    exitCode: z.int().optional(),
    executionTimeMs: z.int(),
  }),
  "command-error": z.object({
    ...ofExecution,
    error: z.string(),
    errorCode: z.enum(errorCodes).optional(),
    cause: z.enum(unavailableCauses).optional().describe("With KIRO_UNAVAILABLE: the exact cause."),
    recoverable: z.boolean(),
    status: z
      .literal("interrupted")
      .optional()
      .describe(
        "Present if the bridge was stopped, or its window ended, in the meantime; otherwise the execution failed.",
      ),
  }),
  "user-input-required": z.object({
    ...ofExecution,
    questionId,
    prompt: z.string(),
    inputType: z.enum(inputTypes),
    choices: z.array(z.string()).optional(),
    timeoutMs: z.int().optional(),
  }),
  "input-accepted": z.object({ ...ofExecution, questionId, inputValue: z.string() }),
  "status-changed": z.object({
    status: z.enum(["ready", "busy", "unavailable"]),
    currentCommand: z.string().optional(),
    principalId: z
      .string()
      .optional()
      .describe(
        "The principal that requested `currentCommand`. Both are absent for readers that may not see its events.",
      ),
    previousStatus: z.enum(["ready", "busy", "unavailable"]).optional(),
  }),
  "command-queued": z.object({
    ...ofExecution,
    command: z.string(),
    position: z.int(),
    target: targetId,
    requestedBy,
    parentId,
    traceparent,
  }),
  "command-cancelled": z.object({ ...ofExecution, how: z.enum(["dequeued", "cooperative", "killed"]) }),
  "input-expired": z.object({ ...ofExecution, questionId, inputValue: z.string() }),
  "tool-call": z.object({
    ...ofExecution,
    toolCallId: z.string(),
    title: z.string(),
    kind: z.string().optional(),
    status: z.string().optional(),
    by: z
      .enum(["agent", "caller"])
      .optional()
      .describe(
        "Who runs the tool: the agent, or the caller, which has lent it. Absent in events of earlier versions.",
      ),
    childId: z
      .string()
      .optional()
      .describe("The execution as which the call of an agent runs. Its `parentId` is this execution."),
    diffs: z
      .array(fileDiffSchema)
      .optional()
      .describe("Changes of files by the tool, as Kiro CLI reports them. Long texts are truncated."),
  }),
  /** A request of the turn to its model has ended, or is repeated. Only agents that are models tell it. */
  "agent-step": z.object({ ...ofExecution, ...agentStepSchema.shape }),
  /** The conversation was too long for the model: a summary has replaced its older messages. */
  "conversation-compacted": z.object({ ...ofExecution, ...compactionSchema.shape }),
  /** The execution begins to wait for what `waitingFor` names, or, without it, goes on. */
  "wait-changed": z.object({ ...ofExecution, waitingFor: waitingForSchema.optional() }),
  /** Retracts the last `length` characters of the output: the CLI discarded them and sends them again. */
  "output-retracted": z.object({ ...ofExecution, length: z.int() }),
  "session-changed": z.object({
    sessionId: z.string(),
    name: z.string(),
    state: z.string(),
    principalId: z
      .string()
      .optional()
      .describe("The principal that the session belongs to. Absent for a shared session."),
  }),
  "events-lost": z.object({
    from: z.int(),
    to: z.int(),
    lostWindowId: z
      .string()
      .optional()
      .describe("Present if the events are those of one window: it no longer had them when they were asked for."),
    lostFrom: z.int().optional().describe("With `lostWindowId`: the `windowEventId` of the first one."),
    lostTo: z.int().optional().describe("With `lostWindowId`: the `windowEventId` of the last one."),
  }),
  "window-joined": z.object({
    window: z
      .object(windowSchema.shape)
      .describe("`workspaceFolders` is empty for readers without the scope status:read."),
  }),
  "window-left": z.object({
    leftWindowId: z.string(),
    reason: z.enum(["closed", "crashed", "not-responding"]).describe("Further values may be added."),
  }),
} as const;

export type EventType = keyof typeof eventPayloads;

/** Makes lists read-only, because they are shared with the sender of the event. */
type Shared<Payload> = {
  readonly [Name in keyof Payload]: Payload[Name] extends string[] | undefined ? Frozen<Payload[Name]> : Payload[Name];
};
type Frozen<List> = List extends (infer Item)[] ? readonly Item[] : List;

/** An event as sent; the log adds the other fields. */
export type EventPayload = {
  [T in EventType]: { readonly type: T } & Shared<z.infer<(typeof eventPayloads)[T]>>;
}[EventType];

/** An event on the wire. `eventId` strictly increases until the bridge restarts. */
export type BridgeEvent = EventPayload & {
  readonly eventId: number;
  readonly timestamp: string;
  readonly windowId: string;
  /**
   * The number of the event in the sequence of its window, which no failover changes. Absent if the event is in none:
   * `connection-ready` and `events-lost`.
   */
  readonly windowEventId?: number;
};

/** The last event of an execution. */
type EndEvent<E extends EventPayload> = E & {
  readonly type: "command-completed" | "command-error" | "command-cancelled";
};

export function isEnd<E extends EventPayload>(event: E): event is EndEvent<E> {
  return isEndType(event.type);
}

/** Returns true for the types of the events that end an execution. */
export function isEndType(type: EventPayload["type"]): boolean {
  return type === "command-completed" || type === "command-error" || type === "command-cancelled";
}

/** Returns the status of an execution after its last event. */
export function finalStatusOf(event: EndEvent<EventPayload>): FinalStatus {
  if (event.type === "command-completed") return "completed";
  return event.type === "command-cancelled" ? "cancelled" : (event.status ?? "failed");
}
