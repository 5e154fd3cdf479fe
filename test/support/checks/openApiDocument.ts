import * as z from "zod";
import { scopeNames } from "../../../src/protocol/access.ts";
import { createOpenApi } from "../../../src/protocol/openapi/createOpenApi.ts";

const reference = z.strictObject({ $ref: z.string().startsWith("#/components/") });
const jsonSchema = z.union([z.boolean(), z.record(z.string(), z.unknown())]);
const media = z.strictObject({
  schema: jsonSchema,
  example: z.unknown().optional(),
  examples: z.record(z.string(), z.strictObject({ summary: z.string().optional(), value: z.unknown() })).optional(),
});
const content = z.record(z.string().regex(/^[\w-]+\/[\w-]+$/), media);
const parameter = z.strictObject({
  in: z.enum(["path", "query", "header"]),
  name: z.string(),
  required: z.boolean().optional(),
  description: z.string().optional(),
  schema: jsonSchema,
});
const header = z.strictObject({
  required: z.boolean().optional(),
  description: z.string().optional(),
  schema: jsonSchema,
});
const response = z.strictObject({
  description: z.string().min(1),
  headers: z.record(z.string(), header).optional(),
  content: content.optional(),
});
const operation = z.strictObject({
  operationId: z.string().regex(/^\w+$/),
  tags: z.array(z.string()).length(1),
  "x-required-scope": z.union([z.enum(["any", ...scopeNames]), z.array(z.enum(scopeNames)).min(2)]).optional(),
  summary: z.string().min(1),
  description: z.string().optional(),
  security: z.array(z.never()).max(0).optional(),
  parameters: z.array(parameter).optional(),
  requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string().regex(/^(?:[1-5]\d\d|default)$/), z.union([reference, response])),
});

/** The parts of OpenAPI 3.1 that we use, and nothing else: a misspelled field is a mistake. */
const openApi = z.strictObject({
  openapi: z.literal("3.1.0"),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  servers: z.array(
    z.strictObject({
      url: z.string(),
      description: z.string().optional(),
      variables: z.record(z.string(), z.strictObject({ default: z.string() })).optional(),
    }),
  ),
  security: z.tuple([z.record(z.string(), z.array(z.string()))]),
  tags: z.array(z.strictObject({ name: z.string(), description: z.string().optional() })),
  paths: z.record(z.string().startsWith("/"), z.partialRecord(z.enum(["get", "post", "delete"]), operation)),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[A-Z]\w+$/), jsonSchema),
    responses: z.record(z.string().regex(/^[A-Z]\w+$/), response),
    securitySchemes: z.record(
      z.string(),
      z.strictObject({ type: z.literal("http"), scheme: z.literal("bearer"), description: z.string() }),
    ),
  }),
});

export type Operation = z.infer<typeof operation>;
export type Response = z.infer<typeof response>;
type Media = z.infer<typeof media>;

/** The document, read as OpenAPI says it must be. */
export class OpenApiDocument {
  readonly json: object = createOpenApi("1.2.3");
  readonly #document = openApi.parse(JSON.parse(JSON.stringify(this.json)));

  get components(): z.infer<typeof openApi>["components"] {
    return this.#document.components;
  }

  get tags(): readonly string[] {
    return this.#document.tags.map(({ name }) => name);
  }

  get security(): Readonly<Record<string, readonly string[]>> {
    return this.#document.security[0];
  }

  /** By `GET /path`. */
  get operations(): ReadonlyMap<string, Operation> {
    const found = Object.entries(this.#document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    );
    return new Map(found);
  }

  operation(route: string): Operation {
    const operation = this.operations.get(route);
    if (operation === undefined) throw new Error(`The document has no ${route}.`);
    return operation;
  }

  /** What is written of one answer, wherever it stands. */
  response(route: string, status: number | string): Response {
    const found = this.operation(route).responses[status];
    if (found === undefined) throw new Error(`The document has no ${status} of ${route}.`);
    if (!("$ref" in found)) return found;
    const named = this.components.responses[found.$ref.replace("#/components/responses/", "")];
    if (named === undefined) throw new Error(`Nothing is at ${found.$ref}.`);
    return named;
  }

  /** Everything that has a schema and an example, with the place where it stands. */
  *media(): Generator<[place: string, media: Media]> {
    for (const [route, { requestBody, responses }] of this.operations) {
      for (const [type, found] of Object.entries(requestBody?.content ?? {})) yield [`${route} ${type}`, found];
      for (const status of Object.keys(responses)) {
        const { content = {} } = this.response(route, status);
        for (const [type, found] of Object.entries(content)) yield [`${route} ${status} ${type}`, found];
      }
    }
  }

  /** A reader for what a schema of the document describes. */
  reader(schema: z.infer<typeof jsonSchema>): z.ZodType {
    const whole = { ...(typeof schema === "object" ? schema : {}), $defs: this.components.schemas };
    return z.fromJSONSchema(JSON.parse(JSON.stringify(whole).replaceAll("#/components/schemas/", "#/$defs/")));
  }
}
