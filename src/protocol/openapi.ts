import { createDocument } from "zod-openapi";
import { commandPaths } from "./openapi/commandPaths.ts";
import { eventPaths } from "./openapi/eventPaths.ts";
import { eventSchema } from "./openapi/eventSchemas.ts";
import { kiroPaths } from "./openapi/kiroPaths.ts";
import { statusPaths } from "./openapi/statusPaths.ts";

const tags = [
  { name: "Commands", description: "Running editor commands and Kiro CLI prompts, and what may be run." },
  { name: "Executions", description: "What was run or is running: follow it, cancel it, answer its questions." },
  {
    name: "Events",
    description:
      "As Server-Sent Events, or over a WebSocket at `/ws`, which takes requests too. `BridgeEvent` has all types of events.",
  },
  { name: "Status", description: "How the bridge, its queue and the Kiro CLI are." },
  {
    name: "Kiro CLI",
    description:
      "Beside these, the WebSocket `/terminal` gives each connection a CLI process of its own: raw text both ways, or JSON frames with the subprotocol `kiro-terminal.json`. The policy must allow both `kiro.cli.chat` and `kiro.cli.terminal`.",
  },
  { name: "Documentation", description: "This document, and a page to read it and to try requests." },
];

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
        { url: "http://127.0.0.1:3001", description: "The default; bridge.json has the address that is in use." },
        { url: "http://127.0.0.1:{port}", variables: { port: { default: "3001" } } },
        { url: "/", description: "Where this document came from." },
      ],
      security: [{ token: [] }],
      tags,
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
