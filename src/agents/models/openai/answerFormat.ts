import type { JsonSchema } from "../../../protocol/schemas/jsonSchema.ts";
import type { AdaptedRequest } from "./serverTraits.ts";

/** The way in which a request asks for an answer in JSON. */
export type AnswerFormat =
  | { readonly kind: "text" }
  | { readonly kind: "json_object" }
  | { readonly kind: "json_schema"; readonly schema: JsonSchema; readonly isStrict: boolean };

/** Chooses the best way to ask for JSON that the server has; `text` if the instructions have to do. */
export function answerFormatOf(schema: JsonSchema | undefined, { missing, used }: AdaptedRequest): AnswerFormat {
  if (schema === undefined) return { kind: "text" };
  const isAny = Object.keys(schema).length === 0;
  if (!isAny && !missing.has("jsonSchema")) {
    used.add("jsonSchema");
    return { kind: "json_schema", schema, isStrict: isStrict(schema) };
  }
  if (missing.has("jsonObject")) return { kind: "text" };
  used.add("jsonObject");
  return { kind: "json_object" };
}

/** Returns true for a schema that the strict mode takes: each object names all of its properties, and requires them. */
function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (typeof schema !== "object" || schema === null) return true;
  if ("properties" in schema && typeof schema.properties === "object" && schema.properties !== null) {
    const required: readonly unknown[] = "required" in schema && Array.isArray(schema.required) ? schema.required : [];
    const isClosed = "additionalProperties" in schema && schema.additionalProperties === false;
    if (!isClosed || !Object.keys(schema.properties).every((name) => required.includes(name))) return false;
  }
  return Object.values(schema).every(isStrict);
}
