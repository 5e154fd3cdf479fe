import * as z from "zod";
import { sessionNameSchema } from "../../protocol/chat.ts";

/** The limit of the vendor. */
const MOST_MESSAGES = 100_000;
const MOST_TOOLS = 1024;
const MOST_STOP_SEQUENCES = 64;
const LONGEST_STOP_SEQUENCE = 1000;
const LONGEST_NAME = 256;
const LONGEST_ID = 512;

const id = z.string().min(1).max(LONGEST_ID);
const name = z.string().min(1).max(LONGEST_NAME);
const jsonObject = z.record(z.string(), z.unknown());

/** The type that blocks get which have no effect. The table of fields names them to the caller. */
const OTHER = "(other)";

const textBlock = z.object({ type: z.literal("text"), text: z.string() });

const imageBlock = z.object({
  type: z.literal("image"),
  source: z.object({
    type: z.literal("base64"),
    media_type: z.enum(["image/jpeg", "image/png", "image/gif", "image/webp"]),
    data: z.base64().min(1),
  }),
});

type BlockSchema = z.ZodObject<{ type: z.ZodLiteral<string> }>;

/** Reads content: blocks of the known types, blocks of other types by their type only, or a string as a block of text. */
function contentOf<const Known extends readonly BlockSchema[]>(...known: Known) {
  const names: ReadonlySet<unknown> = new Set(known.map((block) => block.shape.type.value));
  const otherBlock = z.object({ type: z.literal(OTHER) });
  const block = z.preprocess(
    (value) => {
      const type = typeOf(value);
      return type === undefined || names.has(type) ? value : { type: OTHER };
    },
    z.discriminatedUnion("type", [otherBlock, ...known]),
  );
  return z.preprocess((value) => (typeof value === "string" ? [{ type: "text", text: value }] : value), z.array(block));
}

function typeOf(value: unknown): string | undefined {
  const type: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "type") : undefined;
  return typeof type === "string" ? type : undefined;
}

const documentBlock = z.object({
  type: z.literal("document"),
  source: z.discriminatedUnion("type", [
    z.object({ type: z.literal("text"), data: z.string() }),
    z.object({ type: z.literal("content"), content: contentOf(textBlock, imageBlock) }),
  ]),
  title: z.string().nullish(),
  context: z.string().nullish(),
});

/** Names a tool that a search has found. */
const toolReference = z.object({ type: z.literal("tool_reference"), tool_name: name });

const toolResult = z.object({
  type: z.literal("tool_result"),
  tool_use_id: id,
  content: contentOf(textBlock, imageBlock, documentBlock, toolReference).nullish(),
  is_error: z.boolean().nullish(),
});

/** A summary in place of earlier messages, made by a server of the vendor. */
const compaction = z.object({ type: z.literal("compaction"), content: z.string().nullish() });

const userContent = contentOf(textBlock, imageBlock, documentBlock, toolResult, compaction);

const assistantContent = contentOf(
  textBlock,
  z.object({ type: z.literal("thinking"), signature: z.string().nullish() }),
  z.object({ type: z.literal("redacted_thinking"), data: z.string() }),
  z.object({
    type: z.literal("tool_use"),
    id,
    name,
    input: jsonObject,
  }),
  compaction,
);

const systemContent = contentOf(textBlock);

const messageSchema = z.discriminatedUnion("role", [
  z.object({ role: z.literal("user"), content: userContent }),
  z.object({ role: z.literal("assistant"), content: assistantContent }),
  z.object({ role: z.literal("system"), content: systemContent.nullish() }),
]);

const clientTool = z.object({
  name,
  description: z.string().nullish(),
  input_schema: jsonObject,
});

/** A tool of the caller, or `null` for a tool that a server of the vendor runs, which has a type and no schema. */
const toolSchema = z.preprocess(
  (value) => ((typeOf(value) ?? "custom") === "custom" ? value : null),
  clientTool.nullable(),
);

const formatSchema = z.object({ type: z.literal("json_schema"), schema: jsonObject });

const promptShape = {
  model: name,
  messages: z.array(messageSchema).min(1).max(MOST_MESSAGES),
  system: systemContent.nullish(),
  tools: z.array(toolSchema).max(MOST_TOOLS).nullish(),
  tool_choice: z
    .discriminatedUnion("type", [
      z.object({ type: z.enum(["auto", "any", "none"]) }),
      z.object({ type: z.literal("tool"), name: z.string() }),
    ])
    .nullish(),
  thinking: z.object({ type: z.string(), display: z.string().nullish() }).nullish(),
  output_config: z.object({ format: formatSchema.nullish() }).nullish(),
  output_format: formatSchema.nullish(),
};

/** `POST /v1/messages`, without the fields that have no effect. */
export const messagesSchema = z.object({
  ...promptShape,
  max_tokens: z.int().min(1),
  stop_sequences: z.array(z.string().min(1).max(LONGEST_STOP_SEQUENCE)).max(MOST_STOP_SEQUENCES).nullish(),
  stream: z.boolean().nullish(),
  metadata: z.object({ kiro_session: sessionNameSchema.nullish() }).nullish(),
});

/** The parameters that only models have. */
export const messageParametersSchema = z.object({
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  output_config: z.object({ effort: name.nullish() }).nullish(),
  tool_choice: z.object({ disable_parallel_tool_use: z.boolean().nullish() }).nullish(),
});

/** `POST /v1/messages/count_tokens`. */
export const countTokensSchema = z.object(promptShape);

export type MessagesBody = z.infer<typeof messagesSchema>;
export type PromptBody = z.infer<typeof countTokensSchema>;
export type UserBlock = z.infer<typeof userContent>[number];
export type AssistantBlock = z.infer<typeof assistantContent>[number];
export type DocumentBlock = z.infer<typeof documentBlock>;
export type TextBlocks = z.infer<typeof systemContent>;
