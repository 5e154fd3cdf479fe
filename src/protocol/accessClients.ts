import * as z from "zod";
import {
  commandRulesSchema,
  principalKinds,
  principalLimitsSchema,
  principalRefSchema,
  roleNames,
  scopeSchema,
} from "./access.ts";

/** Control, format (also bidirectional), surrogate, private and unassigned characters, and line breaks. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;
/** More marks on one letter than any language has; they cover the lines around it. */
const STACKED = /\p{M}{5}/u;

function isPlainLine(text: string): boolean {
  return !UNPRINTABLE.test(text) && !STACKED.test(text) && text.trim() === text;
}

/** One line that is shown to people: bounded, and without characters that change what is around it. */
export function lineSchema(maxLength: number) {
  return z
    .string()
    .min(1)
    .max(maxLength)
    .refine(isPlainLine, {
      message: "is not one line of printable characters",
      params: { rule: "format", expected: "one line of printable characters, without spaces at its ends" },
    });
}

export const clientNameSchema = lineSchema(80).describe("For people: one line of printable characters.");

/** At most one of both; checked by `scopesOf` of the access room, which needs exactly one. */
export const scopesOrRole = {
  scopes: z.array(scopeSchema).min(1).max(50).optional(),
  role: z.enum(roleNames).optional().describe("In place of `scopes`: a bundle of them."),
};

/** As in requests; responses may gain fields. */
export const rules = z.object(commandRulesSchema.shape);
export const limits = z.object(principalLimitsSchema.shape);

/** A client that was let in, as listed. */
export const accessClientSchema = z
  .object({
    id: z.string().describe("The ID of the client."),
    name: z.string(),
    kind: z.enum(principalKinds).describe("Further values may be added."),
    scopes: z.array(scopeSchema),
    commands: rules.optional(),
    limits: limits.optional(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().optional().describe("Without it, the access ends when it is revoked."),
    lastUsedAt: z.iso.datetime().optional().describe("May be 10 minutes behind for uses in other windows."),
    grantedBy: principalRefSchema,
    via: z.string().describe("The way in of the grant: `editor`, `http` …"),
  })
  .meta({ id: "AccessClient" });

export type AccessClient = z.infer<typeof accessClientSchema>;

/** `GET /api/kiro/access/me`. */
export const ownAccessSchema = principalRefSchema
  .extend({
    scopes: z.array(scopeSchema),
    commands: rules.optional(),
    limits,
    expiresAt: z.iso.datetime().optional(),
  })
  .meta({ id: "OwnAccess" });
