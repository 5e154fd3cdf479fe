import * as z from "zod";

/** The methods of the list of conversations. */
export const conversationMethods = { conversations: z.strictObject({}).optional() } as const;

/** A conversation of a client with an agent, through a gateway. */
export const conversationViewSchema = z.object({
  /** Unique in its window. */
  id: z.string(),
  windowId: z.string(),
  /** The gateway. */
  via: z.string(),
  /** The access of the client. */
  principal: z.string(),
  /** The name that the program gives itself. */
  program: z.string().optional(),
  /** As the client has named it. */
  model: z.string(),
  /** `parked`: the agent waits for tools that the client runs. */
  state: z.enum(["idle", "working", "parked"]),
  /** Number of responses. */
  turns: z.int(),
  /** The execution that is queued, running or parked. */
  executionId: z.string().optional(),
  /** The tools that the client runs. */
  parkedCalls: z.array(z.string()),
  /** Of all requests and responses; estimated. */
  tokens: z.int(),
  /** ISO time. */
  lastUsedAt: z.string(),
});

export type ConversationView = z.infer<typeof conversationViewSchema>;

export interface ConversationResults {
  /** The latest one first. */
  conversations: readonly ConversationView[];
}
