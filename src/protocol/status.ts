import * as z from "zod";
import { engineStatusSchema } from "./agents/engines.ts";
import { destinationStateSchema } from "./exports/destinations.ts";
import { unavailableCauses } from "./unavailable.ts";
import { placeQuerySchema } from "./windows/place.ts";

export const cliStatusSchema = z
  .object({
    state: z.enum(["off", "unknown", "ready", "unavailable"]),
    reason: z.enum(["not_installed", "not_logged_in", "not_running", "not_responding"]).optional(),
    cause: z.enum(unavailableCauses).optional().describe("More precise than the reason."),
    detail: z.string().optional().describe("Describes the state, for people."),
    version: z.string().optional(),
    transport: z.enum(["acp", "oneshot", "pipe"]).optional(),
    sessions: z.int(),
    simulated: z.boolean().optional().describe("True if the built-in simulator answers instead of Kiro CLI."),
  })
  .meta({ id: "CliStatus" });

export type CliStatus = z.infer<typeof cliStatusSchema>;

export const windowSchema = z
  .object({
    id: z.string(),
    pid: z.int(),
    editor: z.string(),
    kind: z
      .enum(["editor", "server"])
      .optional()
      .describe("`server`: a bridge without an editor, started by `kiro-bridge serve`. Default: `editor`."),
    workspaceFolders: z.array(z.string()),
    focusedAt: z.number().optional().describe("When the window had the focus last, in epoch milliseconds."),
  })
  .meta({ id: "Window" });

export type WindowRecord = z.infer<typeof windowSchema>;

/** The number of running and queued executions. */
const queueSchema = z.object({ running: z.int(), queued: z.int() });

/** A window as listed by the owner of the address (docs/wire-contract.md#49-windows). */
export const windowListingSchema = windowSchema
  .extend({
    focused: z.boolean().describe("True for the window that gets requests that name none: it had the focus last."),
    owner: z.boolean().describe("True for the window that has the address."),
    state: z
      .enum(["ready", "busy", "unavailable", "not-responding"])
      .describe("`not-responding`: the window is stopped or very busy. Its work may go on."),
    queue: queueSchema.optional(),
    cli: cliStatusSchema.optional(),
    ownCommands: z.array(z.string()).optional().describe("The commands that not every window has."),
  })
  .meta({ id: "WindowListing" });

export type WindowListing = z.infer<typeof windowListingSchema>;

/** `GET /api/kiro/windows`. */
export const windowListSchema = z.object({ windows: z.array(windowListingSchema) }).meta({ id: "WindowList" });

/**
 * `GET /api/kiro/status`: the original API's `KiroStatusResponse` (docs/wire-contract.md#7-compatibility) and
 * additional fields.
 */
export const statusSchema = z
  .object({
    status: z.enum(["ready", "busy", "unavailable"]),
    reason: z
      .enum(["window_disconnected"])
      .optional()
      .describe(
        "Why the bridge is unavailable: the editor window was closed, or does not respond. Kiro CLI can still be used.",
      ),
    currentCommand: z.string().optional().describe("Absent when idle."),
    version: z.string().optional().describe("The editor's version."),
    availableCommands: z.array(z.string()),
    timestamp: z.iso.datetime(),
    cli: cliStatusSchema,
    engines: z.array(engineStatusSchema).optional().describe("The models that the user has configured as agents."),
    exports: z
      .array(destinationStateSchema)
      .optional()
      .describe("The destinations that the user has configured for exports."),
    queue: queueSchema,
    pendingRestart: z
      .boolean()
      .optional()
      .describe("True while changed settings wait until nothing is running. The bridge then restarts automatically."),
    windows: z
      .array(windowSchema)
      .describe("All windows at the address, each with the fields of `GET /api/kiro/windows`."),
  })
  .meta({ id: "KiroStatusResponse" });

export type BridgeStatus = z.infer<typeof statusSchema>;

/** Unknown parameters are ignored, as in the original bridge. */
export const statusQuerySchema = z.object({
  fields: z
    .string()
    .max(200)
    .transform((names) => names.split(","))
    .pipe(z.array(statusSchema.keyof()))
    .optional()
    .meta({ description: "Only these fields, separated by commas.", example: "status,cli,queue,windows" }),
});

/** `GET /health`: nothing that identifies the machine or the user. */
export const healthSchema = z
  .object({
    status: z.enum(["healthy", "unhealthy"]),
    reason: z
      .enum(["starting", "stopping", "window_disconnected"])
      .optional()
      .describe(
        "Why the bridge is unhealthy. `window_disconnected`: the editor window was closed, or does not respond.",
      ),
    timestamp: z.iso.datetime(),
    server: z.object({
      running: z.boolean(),
      port: z.int().optional(),
      host: z.string().optional(),
      uptime: z.number().describe("Seconds since the server started to listen.").optional(),
    }),
    proof: z
      .string()
      .optional()
      .describe(
        'With a challenge: base64url(HMAC-SHA256(token, "kiro-bridge health\\n" + challenge + "\\n" + host:port of `url`)). Only a bridge that has the token can create it: verify it before you send the token.',
      ),
    clientProof: z
      .object({ salt: z.string(), proof: z.string() })
      .optional()
      .describe(
        "With a challenge and a client that was let in: the same by its own token, with the key SHA-256(`salt` + last part of the token) in place of the token.",
      ),
  })
  .meta({ id: "HealthResponse" });

export type Health = z.infer<typeof healthSchema>;

/** `GET /health?challenge=…`; other parameters are ignored. */
export const healthQuerySchema = z.object({
  client: z
    .string()
    .max(100)
    .optional()
    .describe("The ID of a client, which is the middle part of its token; see `clientProof`."),
  challenge: z
    .string()
    .regex(/^[\w-]{16,64}$/)
    .optional()
    .describe("A new random string; see `proof`."),
});

/** `GET /api/kiro/commands`. */
export const commandListQuerySchema = z.strictObject({
  ...placeQuerySchema.shape,
  query: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(500),
});

export const commandEntrySchema = z
  .object({
    id: z.string(),
    title: z.string().optional(),
    source: z
      .string()
      .describe("'editor', 'kiro-cli', 'engine', or the ID of the extension that contributes the command."),
    allowed: z.boolean().describe("Whether the policy lets programs run the command, in one window at least."),
    windows: z
      .array(z.string())
      .optional()
      .describe("The IDs of the windows that have the command. Absent if all windows have it."),
  })
  .meta({ id: "Command" });

export type CommandEntry = z.infer<typeof commandEntrySchema>;

export const commandListSchema = z
  .object({ commands: z.array(commandEntrySchema), total: z.int().describe("The total number of matching commands.") })
  .meta({ id: "CommandList" });
