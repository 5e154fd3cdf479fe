import type { JsonSchema } from "../../../protocol/schemas/jsonSchema.ts";

/** Returns the instructions with what the format does not say: servers without schemas, and `json_object` wants the word. */
export function instructionsFor(
  system: string,
  schema: JsonSchema | undefined,
  format: { readonly kind: "text" | "json_object" | "json_schema" },
): string {
  if (schema === undefined || format.kind === "json_schema") return system;
  const isAny = Object.keys(schema).length === 0;
  const wanted = isAny
    ? "Answer with one JSON object and nothing else."
    : `Answer with JSON and nothing else. It must match this JSON Schema: ${JSON.stringify(schema)}`;
  return system === "" ? wanted : `${system}\n\n${wanted}`;
}
