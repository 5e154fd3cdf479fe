import type { FieldRow, Values } from "../fields.ts";

/* The words for fields of requests to models of another protocol. */

/** Tells what to do instead of a field that the protocol of an engine does not have. */
export const NO_COUNTERPART =
  "The protocol of this engine has nothing like it. Omit it, or use an engine that has the protocol of this request.";

export const TO_THE_MODEL = "Sent to the model.";
export const SERVICE = "About the vendor's own service.";
export const NO_SESSION = "Models have no sessions.";

/** Everything but what says the same as no value. */
const anythingElse: Values = {
  text: "not `0`, `false` or empty",
  includes: (value) => value !== 0 && value !== false && !isEmpty(value),
};

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** Returns rows of fields that have their effect. */
export function supportedFields(note: string, ...fields: readonly string[]): readonly FieldRow[] {
  return fields.map((field) => ({ field, support: "supported", note }));
}

/** Returns rows that name fields without effect. */
export function ignoredFields(note: string, ...fields: readonly string[]): readonly FieldRow[] {
  return fields.map((field) => ({ field, support: "ignored", note }));
}

/** Returns rows that refuse fields, unless their value says the same as no value. */
export function refusedFields(...fields: readonly string[]): readonly FieldRow[] {
  return fields.flatMap((field): readonly FieldRow[] => [
    { field, support: "refused", values: anythingElse, note: NO_COUNTERPART },
    { field, support: "supported", note: "Says the same as no value." },
  ]);
}
