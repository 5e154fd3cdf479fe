import * as z from "zod";
import { isScope, principalKinds } from "../protocol/access.ts";
import { accessClientSchema } from "../protocol/accessClients.ts";
import { CLIENT_ID } from "./clientToken.ts";
import { parseJson } from "./parseJson.ts";

const VERSION = 1;

/** An entry as found, with fields of later versions, which are kept. */
const entrySchema = z.looseObject({ id: z.string().min(1).max(100) });
export type AccessEntry = z.infer<typeof entrySchema>;

const contentSchema = z.looseObject({
  version: z.literal(VERSION),
  writtenAt: z.iso.datetime(),
  clients: z.array(entrySchema).refine((clients) => new Set(clients.map(({ id }) => id)).size === clients.length, {
    message: "two clients have the same ID",
  }),
});
/** The content of `access.json`. */
export type AccessContent = z.infer<typeof contentSchema>;

/** A client of this version. Scopes of later versions are not granted. */
const storedClientSchema = z.object({
  ...accessClientSchema.shape,
  // Neither names nor imitates the owner.
  id: z.string().regex(CLIENT_ID),
  kind: z.enum(principalKinds).exclude(["owner"]),
  scopes: z.array(z.string()).transform((scopes) => scopes.filter(isScope)),
  salt: z.string().min(16).max(100),
  hash: z.string().length(43),
});
export type StoredClient = z.infer<typeof storedClientSchema>;

/** Parses the content of the file; without a file there are no clients. @throws Error with the reason in one line */
export function parseAccess(text: string | undefined): AccessContent {
  if (text === undefined) return { version: VERSION, writtenAt: new Date(0).toISOString(), clients: [] };
  const parsed = contentSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not valid"}`);
}

/** Returns the client of an entry, or undefined for one that this version cannot read, which so lets nobody in. */
export function readClient(entry: AccessEntry): StoredClient | undefined {
  return storedClientSchema.safeParse(entry).data;
}

export function accessText(content: AccessContent, now: number): string {
  return `${JSON.stringify({ ...content, writtenAt: new Date(now).toISOString() }, undefined, 2)}\n`;
}

/** Returns the current time, or that of the last write if the clock was set back since. */
export function nowAfter({ writtenAt }: AccessContent): number {
  return Math.max(Date.now(), Date.parse(writtenAt));
}
