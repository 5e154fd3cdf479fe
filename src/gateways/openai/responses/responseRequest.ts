import * as z from "zod";

const MOST_ITEMS = 100_000;
const MOST_TOOLS = 1024;
const MOST_STOPS = 64;
const LONGEST_STOP = 1000;
const LONGEST_NAME = 256;
const LONGEST_ID = 512;

const id = z.string().min(1).max(LONGEST_ID);
const name = z.string().min(1).max(LONGEST_NAME);
const jsonObject = z.record(z.string(), z.unknown());

/** Reads the short form of a value, a string, as its long form. Problems then have the path of what is wrong. */
const orText = <Schema extends z.ZodType>(longForm: (text: string) => unknown, schema: Schema) =>
  z.preprocess((value) => (typeof value === "string" ? longForm(value) : value), schema);

/** Replaces objects that the table of fields names to the caller as ignored. */
const otherSchema = z.object({ type: z.literal("(other)") });
const other: z.infer<typeof otherSchema> = { type: "(other)" };

/** Replaces objects of other types. */
const orOther = (types: readonly string[], value: unknown): unknown => {
  const type: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "type") : undefined;
  return typeof type === "string" && !types.includes(type) ? other : value;
};

const contentSchema = orText(
  (text) => [{ type: "input_text", text }],
  z.array(
    z.discriminatedUnion("type", [
      z.object({ type: z.enum(["input_text", "output_text", "text"]), text: z.string() }),
      z.object({ type: z.literal("input_image"), image_url: z.string() }),
      z.object({ type: z.literal("refusal"), refusal: z.string() }),
    ]),
  ),
);

/** A part of a message, or of the result of a tool. */
export type InputPart = z.infer<typeof contentSchema>[number];

const itemSchemas = [
  z.object({
    type: z.literal("message"),
    role: z.enum(["user", "assistant", "system", "developer"]),
    content: contentSchema,
  }),
  z.object({
    type: z.literal("function_call"),
    call_id: id,
    name,
    namespace: name.nullish(),
    arguments: z.string(),
  }),
  z.object({ type: z.literal("function_call_output"), call_id: id, output: contentSchema }),
  z.object({ type: z.literal("custom_tool_call"), call_id: id, name, namespace: name.nullish(), input: z.string() }),
  z.object({ type: z.literal("custom_tool_call_output"), call_id: id, output: contentSchema }),
  z.object({ type: z.literal("reasoning"), encrypted_content: z.string().nullish() }),
  z.object({ type: z.literal("item_reference"), id }),
] as const;

const itemTypes = itemSchemas.map(({ shape }) => shape.type.value);

/** Completes the type of an item. */
function withType(item: unknown): unknown {
  if (typeof item !== "object" || item === null) return item;
  const type: unknown = Reflect.get(item, "type");
  if (type !== undefined && type !== null) return item;
  if ("role" in item) return { ...item, type: "message" };
  return "id" in item ? { ...item, type: "item_reference" } : item;
}

const itemSchema = z.preprocess(
  (item) => orOther(itemTypes, withType(item)),
  z.discriminatedUnion("type", [...itemSchemas, otherSchema]),
);

/** An item of the input. */
export type InputItem = z.infer<typeof itemSchema>;

const functionTool = z.object({
  type: z.literal("function"),
  name,
  description: z.string().nullish(),
  parameters: jsonObject.nullish(),
});

const toolSchema = z.preprocess(
  (tool) => orOther(["function", "namespace"], tool),
  z.discriminatedUnion("type", [
    functionTool,
    z.object({
      type: z.literal("namespace"),
      name,
      tools: z
        .array(
          z.preprocess(
            (tool) => orOther(["function"], tool),
            z.discriminatedUnion("type", [functionTool, otherSchema]),
          ),
        )
        .max(MOST_TOOLS),
    }),
    otherSchema,
  ]),
);

export type FunctionTool = z.infer<typeof functionTool>;

const chosenTool = z.object({ type: z.literal("function"), name, namespace: name.nullish() });

const toolChoiceSchema = orText(
  (mode) => ({ type: "mode", mode }),
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("mode"), mode: z.enum(["auto", "none", "required"]) }),
    chosenTool,
    z.object({
      type: z.literal("allowed_tools"),
      mode: z.enum(["auto", "required"]),
      tools: z.array(chosenTool).min(1).max(MOST_TOOLS),
    }),
  ]),
);

export type ToolChoice = z.infer<typeof toolChoiceSchema>;
export type ChosenTool = z.infer<typeof chosenTool>;

const formatSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text") }),
  z.object({ type: z.literal("json_object") }),
  z.object({ type: z.literal("json_schema"), schema: jsonObject }),
]);

/** Fields of the body of `POST /v1/responses` that have an effect. All of them: `responseFields`. */
export const responseRequestSchema = z.object({
  model: z.string().min(1).max(LONGEST_NAME),
  input: orText(
    (content) => [{ type: "message", role: "user", content }],
    z.array(itemSchema).max(MOST_ITEMS),
  ).nullish(),
  instructions: z.string().nullish(),
  previous_response_id: id.nullish(),
  conversation: orText((text) => ({ id: text }), z.object({ id })).nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  include: z.array(z.string()).nullish(),
  text: z.object({ format: formatSchema.nullish() }).nullish(),
  max_output_tokens: z.int().positive().nullish(),
  stop: orText((text) => [text], z.array(z.string().min(1).max(LONGEST_STOP)).max(MOST_STOPS)).nullish(),
  tools: z.array(toolSchema).max(MOST_TOOLS).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  metadata: z.looseObject({ kiro_session: name.nullish() }).nullish(),
});

/** The parameters that only models have. */
export const responseParametersSchema = z.object({
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning: z.object({ effort: name.nullish() }).nullish(),
});

export type ResponseRequest = z.infer<typeof responseRequestSchema>;
