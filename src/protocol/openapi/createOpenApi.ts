import { createDocument } from "zod-openapi";
import { accessPaths } from "./accessPaths.ts";
import { busPaths } from "./busPaths.ts";
import { commandPaths } from "./commandPaths.ts";
import { eventPaths } from "./eventPaths.ts";
import { eventSchema } from "./eventSchemas.ts";
import { exportPaths } from "./exportPaths.ts";
import { gatewayPaths } from "./gatewayPaths.ts";
import { mcpPaths } from "./mcpPaths.ts";
import { kiroPaths } from "./kiroPaths.ts";
import { oauthPaths } from "./oauthPaths.ts";
import { simplify } from "./simplify.ts";
import { routingPaths } from "./routingPaths.ts";
import { statusPaths } from "./statusPaths.ts";

const tags = [
  { name: "Commands", description: "Run editor commands and Kiro CLI prompts, and see what may be run." },
  { name: "Executions", description: "Follow and cancel executions, and answer their questions." },
  {
    name: "Events",
    description:
      "Receive events as Server-Sent Events, or over a WebSocket at `/ws`, which also accepts requests. `BridgeEvent` has all types of events.",
  },
  { name: "Status", description: "The status of the bridge, its queue and Kiro CLI." },
  {
    name: "Kiro CLI",
    description:
      "In addition, the WebSocket `/terminal` gives each connection its own CLI process, with raw text in both directions, or JSON frames with the subprotocol `kiro-terminal.json`. The policy must allow both `kiro.cli.chat` and `kiro.cli.terminal`.",
  },
  {
    name: "Bus",
    description:
      "The bus of the plugins: messages by topic, and requests with responses. The WebSocket `/bus` is another way to take part in it.",
  },
  {
    name: "Exports",
    description:
      "The destinations that the user has configured for what the bridge runs: telemetry, archives, records and hooks.",
  },
  {
    name: "OpenAI",
    description:
      "OpenAI's API (https://platform.openai.com/docs/api-reference), for the agents of the editor. `/openai/v1/…` of Azure OpenAI is another name of `/v1/…`. The header `x-kiro-bridge-ignored` names fields that were ignored.",
  },
  {
    name: "Anthropic",
    description: "Anthropic's API (https://docs.anthropic.com/en/api), for the agents of the editor.",
  },
  {
    name: "MCP",
    description: "The Model Context Protocol (https://modelcontextprotocol.io), over HTTP.",
  },
  { name: "Access", description: "Let programs in, with scopes and a token of their own, and revoke their access." },
  {
    name: "OAuth",
    description:
      "OAuth 2.1 for programs on this machine, such as MCP clients: metadata, registration, authorization code with PKCE, and refresh tokens. The user gives consent in the editor.",
  },
  { name: "Documentation", description: "This document, and a page where it can be read and requests can be tried." },
];

/**
 * Derives the OpenAPI 3.1 document from the schemas that the code uses. Runs at build time (scripts/openapi.mjs) and is
 * not part of the bundle.
 */
export function createOpenApi(version: string): object {
  return createDocument(
    {
      openapi: "3.1.0",
      info: {
        title: "Kiro Bridge",
        version,
        description:
          "Lets local programs run editor commands and Kiro CLI prompts. The address and the token are in `bridge.json` in the `.kiro-bridge` folder of your home directory. `x-required-scope` is the scope that an operation needs, or a list of which one suffices; without it, the response is 403 with the scope in `context.scope`. A request that is not valid HTTP, or does not arrive in time, is answered with an ErrorBody on each path.",
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [
        { url: "http://127.0.0.1:3001", description: "The default address; bridge.json has the current one." },
        { url: "http://127.0.0.1:{port}", variables: { port: { default: "3001" } } },
        { url: "/", description: "The address from which this document was loaded." },
      ],
      security: [{ token: [] }],
      tags,
      paths: {
        ...commandPaths,
        ...eventPaths,
        ...statusPaths,
        ...kiroPaths,
        ...busPaths,
        ...routingPaths,
        ...exportPaths,
        ...gatewayPaths,
        ...mcpPaths,
        ...accessPaths,
        ...oauthPaths,
      },
      components: {
        securitySchemes: { token: { type: "http", scheme: "bearer", description: "The token from bridge.json." } },
        schemas: { BridgeEvent: eventSchema },
      },
    },
    { override: ({ jsonSchema, io }) => simplify(jsonSchema, io) },
  );
}
