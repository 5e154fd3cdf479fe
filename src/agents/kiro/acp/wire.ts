import * as z from "zod";

/**
 * The protocol version used in all captures of Kiro, as an integer; the text "1.0" was rejected
 * (docs/kiro-cli.md#43-messages-of-a-turn).
 */
export const PROTOCOL_VERSION = 1;

/** The relevant part of the result of `initialize`. Engine v3 sends no agentInfo. */
export const initializeResultSchema = z.object({
  protocolVersion: z.number(),
  agentCapabilities: z
    .object({
      loadSession: z.boolean().catch(false),
      promptCapabilities: z.object({ image: z.boolean().catch(false) }).catch({ image: false }),
      mcpCapabilities: z.object({ http: z.boolean().catch(false) }).catch({ http: false }),
    })
    .catch({ loadSession: false, promptCapabilities: { image: false }, mcpCapabilities: { http: false } }),
  agentInfo: z
    .object({ name: z.string(), version: z.string().catch("") })
    .optional()
    .catch(undefined),
});

const modelName = z.string().min(1).max(200);
const modelSchema = z.object({ modelId: modelName, name: modelName.optional().catch(undefined) });
/** Models that are not as they are known are skipped. */
const modelsSchema = z
  .object({ currentModelId: z.string().optional().catch(undefined), availableModels: z.array(z.unknown()).max(1000) })
  .transform(({ currentModelId, availableModels }) => ({
    current: currentModelId,
    all: availableModels.flatMap((model) => {
      const { modelId: id, name = id } = modelSchema.safeParse(model).data ?? {};
      return id === undefined || name === undefined ? [] : [{ id, name }];
    }),
  }))
  .catch({ current: undefined, all: [] });

const modesSchema = z.object({ currentModeId: z.string() }).optional().catch(undefined);

/** The result of `session/new`. The mode is the name of the Kiro agent. */
export const newSessionResultSchema = z.object({
  sessionId: z.string().min(1),
  modes: modesSchema,
  models: modelsSchema,
});
export const loadSessionResultSchema = z.object({ modes: modesSchema, models: modelsSchema });

/**
 * The result of `session/prompt`, the only sign of the end of a turn (docs/kiro-cli.md#m1). Long reasons are cut: ACP knows a
 * few words, and the reason is kept with the execution.
 */
export const promptResultSchema = z.object({ stopReason: z.string().transform((reason) => reason.slice(0, 100)) });

const text = z.string().optional().catch(undefined);

/** A tool call or a change of it. Updates contain only changed fields. */
const toolUpdateSchema = z.object({
  toolCallId: z.string(),
  title: text,
  kind: text,
  status: text,
  rawInput: z.unknown().optional(),
  content: z.array(z.unknown()).optional().catch(undefined),
});

export type ToolUpdate = z.infer<typeof toolUpdateSchema>;

const updateSchema = z.looseObject({ sessionUpdate: z.string() });
const updateParamsSchema = z.object({ sessionId: text, update: updateSchema });
const chunkSchema = z.object({ content: z.object({ type: z.literal("text"), text: z.string() }) });

/** A `session/update`, standard or Kiro's own, as far as it is relevant. */
export type Update =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "tool"; readonly tool: ToolUpdate }
  /** Retracts the answer back to the last tool call; Kiro sends it again (docs/kiro-cli.md#43-messages-of-a-turn). */
  | { readonly kind: "discarded" }
  /** Kiro waits or retries: a sign of life. */
  | { readonly kind: "notice"; readonly name: string; readonly text: string | undefined }
  | { readonly kind: "other"; readonly name: string };

export interface SessionUpdate {
  readonly sessionId: string | undefined;
  readonly update: Update;
}

const toolKinds = new Set(["tool_call", "tool_call_chunk", "tool_call_update"]);
const noticeKinds = new Set(["retry_warning", "stream_stall_notice"]);

/** Returns undefined for a malformed update. Unknown kinds are `other`. */
export function readUpdate(params: unknown): SessionUpdate | undefined {
  const parsed = updateParamsSchema.safeParse(params).data;
  return parsed === undefined ? undefined : { sessionId: parsed.sessionId, update: kindOf(parsed.update) };
}

function kindOf(update: z.infer<typeof updateSchema>): Update {
  const name = update.sessionUpdate;
  if (name === "agent_message_chunk") {
    const chunk = chunkSchema.safeParse(update).data;
    return chunk === undefined ? { kind: "other", name } : { kind: "text", text: chunk.content.text };
  }
  if (toolKinds.has(name)) {
    const tool = toolUpdateSchema.safeParse(update).data;
    return tool === undefined ? { kind: "other", name } : { kind: "tool", tool };
  }
  if (name === "stream_discarded") return { kind: "discarded" };
  if (noticeKinds.has(name)) return { kind: "notice", name, text: text.parse(update["message"]) };
  return { kind: "other", name };
}

/**
 * `session/request_permission`. Kiro only sends the ID and title of the tool call; the rest was sent by `tool_call`
 * (docs/kiro-cli.md#43-messages-of-a-turn).
 */
export const permissionRequestSchema = z.object({
  sessionId: text,
  toolCall: toolUpdateSchema,
  options: z.array(z.object({ optionId: z.string(), name: z.string(), kind: z.string().catch("other") })).min(1),
});

export type PermissionRequest = z.infer<typeof permissionRequestSchema>;
export type PermissionOption = PermissionRequest["options"][number];

/**
 * Returns the name of an extension method after `_kiro.dev/` (engine v2) or `_kiro/` (v3), or undefined for other
 * methods.
 */
export function extensionName(method: string): string | undefined {
  return /^_kiro(?:\.dev)?\/(.+)$/u.exec(method)?.[1];
}

/** `_kiro.dev/metadata`, of which a turn has several, each with a part of the fields. */
export const metadataSchema = z.object({
  sessionId: text,
  contextUsagePercentage: z.number().optional().catch(undefined),
  meteringUsage: z
    .array(z.object({ value: z.number(), unit: z.string() }))
    .optional()
    .catch(undefined),
});

export type Metadata = z.infer<typeof metadataSchema>;

/** `_kiro.dev/agent/not_found` (docs/kiro-cli.md#m28). */
export const agentNotFoundSchema = z.object({ requestedAgent: text, fallbackAgent: text }).catch({
  requestedAgent: undefined,
  fallbackAgent: undefined,
});
