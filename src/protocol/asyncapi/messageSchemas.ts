import * as z from "zod";
import { createDocument } from "zod-openapi";
import { simplify } from "../openapi/simplify.ts";

export interface Reference {
  readonly $ref: string;
}

/** Collects the schemas of messages, which become components under the names that they have in the OpenAPI document. */
export class MessageSchemas {
  readonly #sent = new Map<string, z.ZodType>();
  readonly #received = new Map<string, z.ZodType>();

  /** A schema of what the bridge sends. @param name of a schema that has none */
  sent(schema: z.ZodType, name?: string): Reference {
    return add(this.#sent, schema, name);
  }

  /** A schema of what clients send. @param name of a schema that has none */
  received(schema: z.ZodType, name?: string): Reference {
    return add(this.#received, schema, name);
  }

  /** Returns all of them, and those that they refer to. */
  toComponents(): object {
    const { components } = createDocument(
      {
        openapi: "3.1.0",
        info: { title: "", version: "" },
        paths: {
          "/": {
            post: {
              requestBody: content(this.#received),
              responses: { 200: { description: "", ...content(this.#sent) } },
            },
          },
        },
      },
      { override: ({ jsonSchema, io }) => simplify(jsonSchema, io) },
    );
    return JSON.parse(JSON.stringify(components?.schemas ?? {}), (_key, value: unknown) => withoutSiblings(value));
  }
}

/** Returns a reference alone: unlike OpenAPI 3.1, AsyncAPI allows nothing next to `$ref`. */
function withoutSiblings(value: unknown): unknown {
  const target: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "$ref") : undefined;
  return typeof target === "string" ? { $ref: target } : value;
}

function add(schemas: Map<string, z.ZodType>, schema: z.ZodType, name = z.globalRegistry.get(schema)?.id): Reference {
  if (name === undefined) throw new Error("The schema of a message needs a name.");
  const isNamed = z.globalRegistry.get(schema)?.id === name;
  if (!schemas.has(name)) schemas.set(name, isNamed ? schema : schema.meta({ ...schema.meta(), id: name }));
  return { $ref: `#/components/schemas/${name}` };
}

/** Each schema as a body of its own, because a body has one schema. */
function content(schemas: ReadonlyMap<string, z.ZodType>): { content: Record<string, { schema: z.ZodType }> } {
  return { content: Object.fromEntries([...schemas].map(([name, schema]) => [`application/${name}`, { schema }])) };
}
