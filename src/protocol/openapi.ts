import * as z from "zod";
import { createDocument } from "zod-openapi";
import { eventPayloads } from "./events.ts";
import { commandPaths } from "./openapi/commandPaths.ts";
import { eventPaths } from "./openapi/eventPaths.ts";
import { kiroPaths } from "./openapi/kiroPaths.ts";
import { statusPaths } from "./openapi/statusPaths.ts";

const eventFields = z.object({
  eventId: z.int().describe("Strictly increases within one life of the bridge."),
  timestamp: z.iso.datetime(),
  windowId: z.string(),
});

/** Every event, as it goes over the wire. */
const eventSchema = z
  .union(
    Object.entries(eventPayloads).map(([type, payload]) =>
      z.object({ type: z.literal(type), ...eventFields.shape, ...payload.shape }),
    ),
  )
  .meta({ id: "BridgeEvent" });

/**
 * The OpenAPI 3.1 document, derived from the schemas that the code itself uses. It is made when the extension is built
 * (scripts/openapi.mjs): nothing of this is in the bundle.
 */
export function createOpenApi(version: string): object {
  return createDocument(
    {
      openapi: "3.1.0",
      info: {
        title: "Kiro Bridge",
        version,
        description:
          "Lends this editor's commands and its Kiro CLI to the programs around it. The address and the token are in `bridge.json` in the `.kiro-bridge` folder of your home directory.",
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [
        { url: "/", description: "Where this document came from." },
        { url: "http://127.0.0.1:{port}", variables: { port: { default: "3001" } } },
      ],
      security: [{ token: [] }],
      tags: ["Commands", "Executions", "Events", "Status", "Kiro CLI", "Documentation"].map((name) => ({ name })),
      paths: { ...commandPaths, ...eventPaths, ...statusPaths, ...kiroPaths },
      components: {
        securitySchemes: { token: { type: "http", scheme: "bearer", description: "The token of bridge.json." } },
        schemas: { BridgeEvent: eventSchema },
      },
    },
    { override: ({ jsonSchema, io }) => simplify(jsonSchema, io) },
  );
}

/** Takes out what says nothing to a reader, and what would make generated clients refuse the fields of a later version. */
function simplify(schema: Record<string, unknown>, io: "input" | "output"): void {
  if (io === "output" && schema["additionalProperties"] === false) delete schema["additionalProperties"];
  if (schema["format"] === "date-time") delete schema["pattern"];
  if (schema["minimum"] === Number.MIN_SAFE_INTEGER) delete schema["minimum"];
  if (schema["maximum"] === Number.MAX_SAFE_INTEGER) delete schema["maximum"];
}
