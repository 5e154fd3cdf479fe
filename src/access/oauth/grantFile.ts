import * as z from "zod";
import { CLIENT_ID } from "../clientToken.ts";
import { parseJson } from "../parseJson.ts";

const hashSchema = z.string().length(43);
const tokenSchema = z.object({ hash: hashSchema, expiresAt: z.number() });

const grantSchema = z.object({
  id: z.string().regex(CLIENT_ID).describe("The ID of the client in access.json."),
  clientDigest: hashSchema,
  scope: z.array(z.string()),
  salt: z.string().min(16).max(100),
  access: z.array(tokenSchema),
  refresh: tokenSchema,
  usedRefresh: z.array(hashSchema),
});
/** A grant as stored: its tokens as salted hashes, their expiry in epoch milliseconds. */
export type StoredGrant = z.infer<typeof grantSchema>;
export type StoredToken = z.infer<typeof tokenSchema>;

const contentSchema = z.object({ version: z.literal(1), writtenAt: z.number(), grants: z.array(grantSchema) });
/** The content of `oauth.json`. */
export type GrantContent = z.infer<typeof contentSchema>;

/** Parses the content of the file; without a file there are no grants. @throws Error with the reason in one line */
export function parseGrants(text: string | undefined): GrantContent {
  if (text === undefined) return { version: 1, writtenAt: 0, grants: [] };
  const { data, error } = contentSchema.safeParse(parseJson(text));
  if (data !== undefined) return data;
  throw new Error(`${error?.issues[0]?.path.join(".") ?? ""}: ${error?.issues[0]?.message ?? "not valid"}`);
}

export function grantsText(grants: readonly StoredGrant[], writtenAt: number): string {
  return `${JSON.stringify({ version: 1, writtenAt, grants })}\n`;
}
