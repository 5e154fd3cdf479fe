import * as z from "zod";

/** The parts of a bridge, each with the earlier version that was the first to have it. */
export const partsSince = {
  history: "first",
  tokenFile: "seams",
  access: "access",
  windows: "windows",
  plugins: "plugins",
  engines: "models",
  exports: "exports",
} as const;

const clientSchema = z.object({ id: z.string(), name: z.string(), token: z.string() });

/** What a user and programs have left in a bridge: after an update, all of it is there. */
export const tracesSchema = z.object({
  /** The name of the version that they used. */
  version: z.string(),
  /** Epoch milliseconds. */
  at: z.int(),
  ownerToken: z.string(),
  /** The folder that was open. */
  folder: z.string(),
  /** Executions that have ended. */
  runs: z.array(z.object({ id: z.string(), command: z.string(), status: z.string(), output: z.string() })),
  clients: z.array(clientSchema),
  /** An OAuth client with its tokens. */
  grant: z.object({ clientId: z.string(), access: z.string(), refresh: z.string() }).optional(),
  /** True if a plugin has shared state and durable messages. */
  hasPlugin: z.boolean(),
  /** True if there is a conversation with an engine. */
  hasConversation: z.boolean(),
  /** Executions that a destination of exports has not received. */
  waiting: z.array(z.string()),
});

export type Traces = z.infer<typeof tracesSchema>;

export const ENGINE_ID = "poet";
export const SESSION = "about-ada";
export const FIRST_PROMPT = "My name is Ada.";
export const FIRST_ANSWER = "Good day, Ada.";
export const DESTINATION = "hook";
export const PROMPT = "Hello before the update";
