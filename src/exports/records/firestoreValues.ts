import * as z from "zod";
import { jsonIn } from "../../base/jsonIn.ts";
import type { StoredItem } from "./newestWins.ts";
import { recordFields, type RecordValue, type RunRecord } from "./runRecord.ts";

/** A typed value of Firestore's REST interface. */
type Value =
  | { stringValue: string }
  | { integerValue: string }
  | { doubleValue: number }
  | { booleanValue: boolean }
  | { timestampValue: string }
  | { mapValue: { fields: Record<string, Value> } };

/** Fields that are times of ISO 8601 in a record, and times of their own type in Firestore. */
const times: ReadonlySet<string> = new Set(["queuedAt", "startedAt", "completedAt", "updatedAt"]);

/** The names of all fields that a document may get; others in it stay. */
export const documentFields = ["id", "sequence", "expiresAt", ...recordFields] as const;

const documentSchema = z.object({
  updateTime: z.string().min(1).optional(),
  fields: z.object({ sequence: z.object({ integerValue: z.coerce.number() }).optional().catch(undefined) }).optional(),
});

const commitSchema = z.object({ writeResults: z.tuple([z.object({ updateTime: z.string().min(1) })]) });

/** Returns the fields of a document. */
export function fieldsOf({ id, sequence, fields, expiry }: RunRecord): Record<string, Value> {
  const values: Record<string, Value> = { id: valueOf(id), sequence: valueOf(sequence) };
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    values[name] = times.has(name) && typeof value === "string" ? { timestampValue: value } : valueOf(value);
  }
  if (expiry !== undefined) values["expiresAt"] = { timestampValue: new Date(expiry.at).toISOString() };
  return values;
}

/** Reads what is needed of a document: when it was changed, and its sequence. */
export function documentIn(text: string): StoredItem {
  const document = documentSchema.safeParse(jsonIn(text)).data;
  return { sequence: document?.fields?.sequence?.integerValue, version: document?.updateTime };
}

/** Reads the time of the change from the answer to a commit of one write. */
export function commitTimeIn(text: string): string | undefined {
  return commitSchema.safeParse(jsonIn(text)).data?.writeResults[0].updateTime;
}

function valueOf(value: RecordValue): Value {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { booleanValue: value };
  if (typeof value !== "number") {
    const members = Object.entries(value).map(([name, member]) => [name, valueOf(member)] as const);
    return { mapValue: { fields: Object.fromEntries(members) } };
  }
  return Number.isSafeInteger(value) ? { integerValue: String(value) } : { doubleValue: value };
}
