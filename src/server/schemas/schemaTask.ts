import type { JsonSchema } from "./jsonSchema.ts";

/** What the worker is asked: whether the schema can be used, or with a value, whether that fits. */
export interface SchemaTask {
  readonly id: number;
  readonly schema: JsonSchema;
  /** In an object, since the value itself may be undefined or null. */
  readonly subject?: { readonly value: unknown };
}

/** What it answers; first of all "ready". */
export type SchemaReply = "ready" | { readonly id: number; readonly problem: string | undefined };
