import * as z from "zod";
import { chatResponseSchema } from "../chat.ts";
import { errorBodySchema } from "../errorBody.ts";
import { eventPayloads } from "../events.ts";

const eventFields = z.object({
  eventId: z.int().describe("Strictly increases within one epoch."),
  timestamp: z.iso.datetime(),
  windowId: z.string().describe("The window that has reported the event."),
  windowEventId: z
    .int()
    .optional()
    .describe(
      "The number of the event among those of its window, also after another window has taken over the address: 1, 2, 3 …. Absent in `connection-ready` and `events-lost`.",
    ),
});

const types = Object.keys(eventPayloads);

/** Every event on the wire, by `type`. */
export const eventSchemas: ReadonlyMap<string, z.ZodType> = new Map(
  Object.entries(eventPayloads).map(([type, payload]) => [
    type,
    z
      .object({ type: z.literal(type), ...eventFields.shape, ...payload.shape })
      .meta({ id: schemaNameOf(type), title: type }),
  ]),
);

/** The same as one schema. */
export const eventSchema = z.union([...eventSchemas.values()]).meta({
  id: "BridgeEvent",
  description: `Its \`type\` is one of ${types.map((type) => `\`${type}\``).join(", ")}.`,
  override: ({ jsonSchema }) => {
    jsonSchema.oneOf = jsonSchema.anyOf ?? [];
    delete jsonSchema.anyOf;
    jsonSchema["discriminator"] = {
      propertyName: "type",
      mapping: Object.fromEntries(types.map((type) => [type, `#/components/schemas/${schemaNameOf(type)}`])),
    };
  },
});

const executionId = z.string();
const { prompt, questionId, inputType, choices, timeoutMs } = eventPayloads["user-input-required"].shape;

/** The error body, with the answer so far. */
const failedChatSchema = z.object({
  ...errorBodySchema.shape,
  success: z.literal(false),
  error: z.string().optional(),
  output: z.string(),
  sessionId: z.string().optional(),
});

/** The `data` of the stream of a chat, by event name. */
export const chatStreamPayloads = {
  queued: z.object({ executionId, position: z.int() }),
  started: z.object({ executionId }),
  delta: z.object({ text: z.string().describe("The next part of the answer.") }),
  notice: z.object({ text: z.string().describe("Additional output of the CLI.") }),
  retract: z.object({ length: z.int().describe("This many characters at the end of the answer are void.") }),
  question: z.object({ executionId, questionId, prompt, inputType, choices, timeoutMs }),
  "input-accepted": eventPayloads["input-accepted"],
  "input-expired": eventPayloads["input-expired"],
  tool: eventPayloads["tool-call"].omit({ executionId: true }),
  "events-lost": eventPayloads["events-lost"],
  done: chatResponseSchema,
  error: failedChatSchema,
} as const;

/** The same as one schema, with titles, because `data` does not contain the event name. */
export const chatStreamSchema = z
  .union(
    Object.entries(chatStreamPayloads).map(([name, payload]) =>
      payload === chatResponseSchema ? payload : payload.meta({ title: name }),
    ),
  )
  .meta({ id: "ChatStreamEvent" });

/** Returns "CommandStartedEvent" for "command-started". */
function schemaNameOf(type: string): string {
  return `${type.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase())}Event`;
}
