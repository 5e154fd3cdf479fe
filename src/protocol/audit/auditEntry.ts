import * as z from "zod";
import { principalRefSchema } from "../access.ts";

/** The kinds of entries of the audit log (docs/audit.md#entries). */
export const auditKinds = [
  "audit-opened",
  "execution",
  "execution-accepted",
  "execution-ended",
  "cancel-requested",
  "input-answered",
  "terminal-opened",
  "request-refused",
  "requests-refused",
  "pairing-requested",
  "pairing-allowed",
  "pairing-denied",
  "pairing-expired",
  "client-created",
  "client-revoked",
  "client-expired",
  "token-rotated",
  "access-widened",
  "plugin-approved",
  "plugin-denied",
  "plugin-started",
  "plugin-refused",
  "export-tested",
  "export-replayed",
  "dead-letters-removed",
  "clock-moved-back",
  "entries-lost",
] as const;
export type AuditKind = (typeof auditKinds)[number];

const time = z.iso.datetime();
const count = z.int().min(0);
const kindNames = auditKinds.join("`, `");

/** One line of the audit log. */
export const auditEntrySchema = z
  .object({
    prev: z.string().describe("SHA-256 of the line before, in hexadecimal; 64 zeros in the first line of a file."),
    seq: count.describe("Number of the line in its file, from 0."),
    time,
    kind: z.string().describe(`One of \`${kindNames}\`; further values may be added.`),
    file: z.string().optional().describe("The file that has the line."),
    principal: principalRefSchema.optional().describe("Absent for a request without a valid token."),
    via: z
      .string()
      .optional()
      .describe(
        "The entry point: `http`, `websocket`, `sse`, `terminal`, `editor`, `agent` for a tool of an agent, `export` for the answer of a destination of exports, or a gateway: `openai`, `anthropic`, `mcp`.",
      ),
    program: z.string().optional().describe("The name that the program gives itself."),
    executionId: z.string().optional(),
    target: z.string().optional(),
    command: z.string().optional(),
    argsDigest: z
      .string()
      .optional()
      .describe("`hmac-sha256:` and the HMAC of the arguments with a key that is not in the log. Absent without any."),
    args: z
      .string()
      .optional()
      .describe("The beginning of the arguments as JSON, with secrets masked; only if the user wants the text."),
    rule: z.string().optional().describe("The guard, the scope or the pattern that decided."),
    what: z.string().optional().describe("The endpoint, or the method of a WebSocket, of a rejected request."),
    status: z.string().optional().describe("The final status of an execution."),
    code: z.string().optional().describe("The error code."),
    ms: count.optional().describe("The time that the execution took, or by which the clock was moved."),
    count: count.optional().describe("Number of entries that this one replaces."),
    pairingId: z.string().optional(),
    name: z.string().optional(),
    client: principalRefSchema.optional(),
    scopes: z.array(z.string()).optional(),
    expiresAt: time.optional(),
    setting: z.string().optional(),
    value: z.string().optional(),
    folder: z.string().optional().describe("The folder of a plugin."),
    format: z.string().optional().describe("The format of the file, in its first line."),
    version: z.string().optional().describe("The version of the extension, or of a plugin."),
    pid: z.int().optional(),
  })
  .meta({ id: "AuditEntry" });
export type AuditLine = z.infer<typeof auditEntrySchema>;

/** Query of `GET /api/kiro/access/audit`. */
export const auditQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(300).optional().describe("`nextCursor` of the page before."),
  kind: z.enum(auditKinds).optional(),
  principal: z.string().max(200).optional().describe("ID of a principal."),
  executionId: z.string().max(100).optional(),
});
export type AuditQuery = z.infer<typeof auditQuerySchema>;

export const auditPageSchema = z
  .object({
    entries: z.array(auditEntrySchema).describe("Newest first, of all windows."),
    nextCursor: z.string().optional().describe("Absent on the last page. A page may have fewer entries than `limit`."),
  })
  .meta({ id: "AuditPage" });
export type AuditPage = z.infer<typeof auditPageSchema>;
