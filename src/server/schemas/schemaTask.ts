import type { JsonSchema } from "../../protocol/schemas/jsonSchema.ts";

/** A request to the worker: to check a schema, or a value against a schema. */
export interface SchemaTask {
  readonly id: number;
  readonly schema: JsonSchema;
  /** Wrapped, because the value may be undefined or null. */
  readonly subject?: { readonly value: unknown };
}

/** A message of the worker, which first sends "ready". */
export type SchemaReply = "ready" | { readonly id: number; readonly problem: string | undefined };
