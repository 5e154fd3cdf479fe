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

/** A client that was let in, as listed. */
export const accessClientSchema = z
  .object({
    id: z.string().describe("Never used again."),
    name: z.string(),
    kind: z.enum(principalKinds).describe("Further values may be added."),
    scopes: z.array(scopeSchema),
    commands: commandRulesSchema.optional(),
    limits: principalLimitsSchema.optional(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().optional().describe("Absent: until it is revoked."),
    lastUsedAt: z.iso.datetime().optional().describe("Written every 10 minutes at most; other windows see it later."),
    grantedBy: principalRefSchema.describe("The principal that let it in."),
    via: z.string().describe("The way in of the grant: `editor`, `http` …"),
  })
  .meta({ id: "AccessClient" });

export type AccessClient = z.infer<typeof accessClientSchema>;
