import * as z from "zod";
import { sessionNameSchema } from "../../../protocol/chat.ts";

const MOST_MESSAGES = 20_000;
const MOST_PARTS = 10_000;
const MOST_TOOLS = 1024;
const MOST_STOPS = 64;
const LONGEST_STOP = 1000;
const LONGEST_NAME = 256;
const LONGEST_ID = 512;

const id = z.string().min(1).max(LONGEST_ID);
const name = z.string().min(1).max(LONGEST_NAME);
const jsonObject = z.record(z.string(), z.unknown());

const textPart = z.object({ type: z.literal("text"), text: z.string() });
const imagePart = z.object({ type: z.literal("image_url"), image_url: z.object({ url: z.string() }) });
const refusalPart = z.object({ type: z.literal("refusal"), refusal: z.string() });

const partSchema = z.discriminatedUnion("type", [textPart, imagePart]);
const spokenSchema = z.discriminatedUnion("type", [textPart, refusalPart]);

/** A string, or a list of parts. */
const contentOf = <Part extends z.ZodType>(part: Part) => z.union([z.string(), z.array(part).max(MOST_PARTS)]);

const functionCall = z.object({ name, arguments: z.string() });

const assistantSchema = z.object({
  role: z.literal("assistant"),
  content: contentOf(spokenSchema).nullish(),
  refusal: z.string().nullish(),
  tool_calls: z
    .array(
      z.discriminatedUnion("type", [
        z.object({ id, type: z.literal("function"), function: functionCall }),
        z.object({ id, type: z.literal("custom"), custom: z.object({ name, input: z.string() }) }),
      ]),
    )
    .nullish(),
  function_call: functionCall.nullish(),
});

const messageSchema = z.discriminatedUnion("role", [
  z.object({ role: z.enum(["system", "developer"]), content: contentOf(textPart) }),
  z.object({ role: z.literal("user"), content: contentOf(partSchema) }),
  assistantSchema,
  z.object({ role: z.literal("tool"), tool_call_id: id, content: contentOf(partSchema) }),
  z.object({ role: z.literal("function"), name, content: z.string().nullable() }),
]);

const functionSchema = z.object({ name, description: z.string().nullish(), parameters: jsonObject.nullish() });

/** A function, or `null` for a tool of another type, which the table of fields names to the caller. */
const toolSchema = z.preprocess(
  (tool) => (isOfAnotherType(tool) ? null : tool),
  z.object({ type: z.literal("function"), function: functionSchema }).nullable(),
);

function isOfAnotherType(tool: unknown): boolean {
  const type: unknown = typeof tool === "object" && tool !== null ? Reflect.get(tool, "type") : undefined;
  return typeof type === "string" && type !== "function";
}

const chosenTool = z.object({ type: z.literal("function"), function: z.object({ name }) });

const toolChoiceSchema = z.union([
  z.enum(["auto", "none", "required"]),
  z.discriminatedUnion("type", [
    chosenTool,
    z.object({
      type: z.literal("allowed_tools"),
      allowed_tools: z.object({
        mode: z.enum(["auto", "required"]),
        tools: z.array(chosenTool).min(1).max(MOST_TOOLS),
      }),
    }),
  ]),
]);

const formatSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text") }),
  z.object({ type: z.literal("json_object") }),
  z.object({ type: z.literal("json_schema"), json_schema: z.object({ schema: jsonObject.nullish() }) }),
]);

const stop = z.string().min(1).max(LONGEST_STOP);
const tokens = z.int().positive();

/** The part of the body of `POST /v1/chat/completions` that has an effect. For other fields see `chatFields`. */
export const chatRequestSchema = z.object({
  model: name,
  messages: z.array(messageSchema).min(1).max(MOST_MESSAGES),
  tools: z.array(toolSchema).max(MOST_TOOLS).nullish(),
  functions: z.array(functionSchema).max(MOST_TOOLS).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  function_call: z.union([z.enum(["auto", "none"]), z.object({ name })]).nullish(),
  response_format: formatSchema.nullish(),
  stop: z.union([stop, z.array(stop).max(MOST_STOPS)]).nullish(),
  max_tokens: tokens.nullish(),
  max_completion_tokens: tokens.nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  metadata: z.object({ kiro_session: sessionNameSchema.nullish() }).nullish(),
});

/** The parameters that only models have. */
export const chatParametersSchema = z.object({
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  reasoning_effort: name.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
});

export type ChatRequest = z.infer<typeof chatRequestSchema>;
export type ChatMessage = ChatRequest["messages"][number];
export type AssistantMessage = z.infer<typeof assistantSchema>;
