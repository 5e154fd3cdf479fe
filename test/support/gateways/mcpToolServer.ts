import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server as HttpServer } from "node:http";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, type CallToolResult, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

/** A call that waits for the answer of a test. */
export interface ServedCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Aborted when the client cancels the call. */
  readonly signal: AbortSignal;
  answer(result: CallToolResult): void;
  progress(): Promise<void>;
}

/** An MCP server on HTTP, made of the SDK, whose tools a test answers. */
export class McpToolServer {
  readonly calls: ServedCall[] = [];
  /** Of the first request. */
  headers: IncomingHttpHeaders = {};
  readonly #http: HttpServer;
  readonly #toolNames: readonly string[];
  #transport: StreamableHTTPServerTransport | undefined;
  #onCall: () => void = () => undefined;

  private constructor(toolNames: readonly string[]) {
    this.#toolNames = toolNames;
    this.#http = createServer((request, response) => {
      if (Object.keys(this.headers).length === 0) this.headers = request.headers;
      const transport = this.#transport;
      if (transport === undefined) response.writeHead(503).end();
      else void transport.handleRequest(request, response);
    });
  }

  static async start(toolNames: readonly string[]): Promise<McpToolServer> {
    const server = new McpToolServer(toolNames);
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => randomUUID() });
    await server.#protocol().connect(transport);
    server.#transport = transport;
    server.#http.listen(0, "127.0.0.1");
    await once(server.#http, "listening");
    return server;
  }

  get url(): string {
    const address = this.#http.address();
    if (address === null || typeof address === "string") throw new TypeError("it listens on a port");
    return `http://127.0.0.1:${address.port}/mcp`;
  }

  /** Resolves with the calls when there are that many. */
  async called(count: number): Promise<readonly ServedCall[]> {
    if (this.calls.length < count) {
      await new Promise<void>((resolve) => {
        this.#onCall = () => {
          if (this.calls.length >= count) resolve();
        };
      });
    }
    return this.calls;
  }

  async dispose(): Promise<void> {
    this.#http.closeAllConnections();
    this.#http.close();
    await this.#transport?.close();
  }

  #protocol(): Server {
    const server = new Server({ name: "tools-of-a-test", version: "1" }, { capabilities: { tools: {} } });
    server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: this.#toolNames.map((name) => ({ name, inputSchema: { type: "object" } })),
    }));
    server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal, _meta, sendNotification }) => {
      const { promise, resolve } = Promise.withResolvers<CallToolResult>();
      const progressToken = _meta?.progressToken ?? "";
      this.calls.push({
        name: params.name,
        args: params.arguments ?? {},
        signal,
        answer: resolve,
        progress: () => sendNotification({ method: "notifications/progress", params: { progressToken, progress: 1 } }),
      });
      this.#onCall();
      return promise;
    });
    return server;
  }
}

/** The result of a tool that is one text. */
export function textResult(text: string, isError = false): CallToolResult {
  return { content: [{ type: "text", text }], isError };
}
