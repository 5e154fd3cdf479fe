import * as z from "zod";
import {
  commandRulesSchema,
  type GrantedScope,
  principalLimitsSchema,
  type Role,
  roles,
  scopeSchema,
} from "./access.ts";
import { accessClientSchema, clientNameSchema, limits, lineSchema, rules, scopesOrRole } from "./accessClients.ts";

/** Longest wait for a decision, in seconds. */
export const MAX_PAIR_WAIT_S = 120;
const MAX_HOURS = 24 * 366;
const MAX_LIFETIME_S = MAX_HOURS * 60 * 60;

const oneOfBoth = {
  error: "send either scopes or role",
  params: { rule: "required", expected: "either scopes or role" },
};

function hasOne({ scopes, role }: { readonly scopes?: unknown; readonly role?: unknown }): boolean {
  return (scopes === undefined) !== (role === undefined);
}

/** Returns the scopes that a request names, in a list or as a role. */
export function scopesOf({ scopes, role }: { scopes?: GrantedScope[] | undefined; role?: Role | undefined }) {
  return scopes ?? (role === undefined ? [] : [...roles[role]]);
}

/** `POST /api/kiro/pair`. */
export const pairAskSchema = z
  .strictObject({
    name: clientNameSchema,
    ...scopesOrRole,
    commands: commandRulesSchema.optional(),
    limits: principalLimitsSchema.optional(),
    reason: lineSchema(300).optional().describe("Shown to the user: the purpose of the access, in one line."),
  })
  .refine(hasOne, oneOfBoth)
  .meta({ id: "PairAsk" });

const codeSchema = z
  .string()
  .describe("For the user, who compares it with the code in the editor.")
  .meta({ example: "K7QF-2M9X" });

/** The response to it, and to a request for a decision that was not made yet. */
export const pairPendingSchema = z
  .object({ status: z.literal("pending"), code: codeSchema, expiresAt: z.iso.datetime() })
  .meta({ id: "PairPending" });

/** Token and client, once. */
export const newClientSchema = z
  .object({
    token: z.string().describe("The bridge keeps a hash of it."),
    client: accessClientSchema,
  })
  .meta({ id: "NewClient" });

export const pairAllowedSchema = z
  .object({ status: z.literal("allowed"), ...newClientSchema.shape })
  .meta({ id: "PairAllowed" });

export const pairQuerySchema = z.strictObject({
  wait: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_PAIR_WAIT_S)
    .optional()
    .describe("Maximum wait for the decision in seconds, by default 120."),
});

/** A program that asks to be let in, for those who decide. */
const pairRequestSchema = z
  .object({
    id: z.string(),
    code: codeSchema,
    name: z.string(),
    scopes: z.array(scopeSchema),
    commands: rules.optional(),
    limits: limits.optional(),
    reason: z.string().optional(),
    program: z.string().optional().describe("The name that the program gives itself in its User-Agent header."),
    from: z.string().optional().describe("The address that it asks from."),
    askedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "PairRequest" });

export type PairRequest = z.infer<typeof pairRequestSchema>;

/** `POST /api/kiro/access/requests/{id}`. */
export const pairDecisionSchema = z
  .strictObject({
    decision: z.enum(["allow", "deny"]),
    hours: z
      .int()
      .min(1)
      .max(MAX_HOURS)
      .optional()
      .describe("The access ends after this many hours. Without it, the access ends when it is revoked."),
    scopes: z.array(scopeSchema).min(1).max(50).optional().describe("Fewer scopes than asked for."),
  })
  .meta({ id: "PairDecision" });

export type PairDecision = z.infer<typeof pairDecisionSchema>;

export const pairDecidedSchema = z
  .object({ id: z.string(), status: z.enum(["allowed", "denied"]) })
  .meta({ id: "PairDecided" });

/** `DELETE /api/kiro/access/clients/{id}`. */
export const revokedSchema = z.object({ revoked: z.literal(true), id: z.string() }).meta({ id: "Revoked" });

/** `POST /api/kiro/access/clients`. */
export const newClientAskSchema = z
  .strictObject({
    name: clientNameSchema,
    ...scopesOrRole,
    commands: commandRulesSchema.optional(),
    limits: principalLimitsSchema.optional(),
    expiresInSeconds: z
      .int()
      .min(1)
      .max(MAX_LIFETIME_S)
      .optional()
      .describe("Without it, the access ends when it is revoked."),
  })
  .refine(hasOne, oneOfBoth)
  .meta({ id: "NewClientAsk" });

export const pairRequestListSchema = z.object({ requests: z.array(pairRequestSchema) }).meta({ id: "PairRequestList" });
export const accessClientListSchema = z
  .object({
    clients: z.array(accessClientSchema),
    problem: z.string().optional().describe("The reason why the stored clients cannot be read."),
  })
  .meta({ id: "AccessClientList" });
