import {
  Client as ModernClient,
  type ClientOptions as ModernOptions,
  StreamableHTTPClientTransport as ModernTransport,
} from "@modelcontextprotocol/client";
import {
  Client as SessionClient,
  type ClientOptions as SessionOptions,
} from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as SessionTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import * as z from "zod";

/** A server to connect to, with the headers of each request. */
export interface McpServerAddress {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeout?: number;
  readonly onprogress?: (progress: { readonly progress: number; readonly message?: string | undefined }) => void;
}

const resultSchema = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional(), uri: z.string().optional() })),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  isError: z.boolean().optional(),
});
const listSchema = z.object({
  tools: z.array(
    z.looseObject({
      name: z.string(),
      title: z.string().optional(),
      description: z.string().optional(),
      annotations: z.looseObject({ readOnlyHint: z.boolean().optional() }).optional(),
      inputSchema: z.looseObject({ type: z.string() }),
      outputSchema: z.looseObject({ type: z.string().optional() }).optional(),
    }),
  ),
});
type CallResult = z.infer<typeof resultSchema>;

/** What the clients of both generations do alike. */
export interface McpClient {
  listTools(): Promise<z.infer<typeof listSchema>>;
  call(name: string, args?: object, options?: CallOptions): Promise<CallResult>;
  readResource(params: { uri: string }): Promise<{ contents: object[] }>;
  close(): Promise<void>;
}

const info = { name: "test-client", version: "1.0.0" };

/** The official client of version 2026-07-28. Close it. */
export async function connectModern(
  { url, headers }: McpServerAddress,
  options: Omit<ModernOptions, "versionNegotiation"> = {},
): Promise<McpClient & { readonly client: ModernClient }> {
  const client = new ModernClient(info, { ...options, versionNegotiation: { mode: { pin: "2026-07-28" } } });
  await client.connect(new ModernTransport(new URL(url), { requestInit: { headers: { ...headers } } }));
  return {
    client,
    listTools: async () => listSchema.parse(await client.listTools()),
    call: async (name, args, called) =>
      resultSchema.parse(await client.callTool({ name, arguments: { ...args } }, called)),
    readResource: (params) => client.readResource(params),
    close: () => client.close(),
  };
}

/** The official client of version 2025-11-25, which has a session. Close it. */
export async function connectSession(
  { url, headers }: McpServerAddress,
  options?: SessionOptions,
): Promise<McpClient & { readonly client: SessionClient; readonly sessionId: string }> {
  const client = new SessionClient(info, options);
  const transport = new SessionTransport(new URL(url), { requestInit: { headers: { ...headers } } });
  await client.connect(transport);
  return {
    client,
    sessionId: transport.sessionId ?? "",
    listTools: async () => listSchema.parse(await client.listTools()),
    call: async (name, args, called) =>
      resultSchema.parse(await client.callTool({ name, arguments: { ...args } }, undefined, called)),
    readResource: (params) => client.readResource(params),
    close: () => client.close(),
  };
}

/** Both, by their versions. */
export const mcpClients: Readonly<Record<string, (address: McpServerAddress) => Promise<McpClient>>> = {
  "2025-11-25": connectSession,
  "2026-07-28": connectModern,
};
