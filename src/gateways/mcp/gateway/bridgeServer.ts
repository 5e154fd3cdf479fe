import {
  type CallToolResult,
  type InputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { IncomingMessage } from "node:http";
import { inTrace } from "../../../core/access/principal.ts";
import type { Clock } from "../../../base/clock.ts";
import type { Logger } from "../../../base/logger.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import { readTraceparent } from "../../../protocol/tracing/traceparent.ts";
import { toBridgeError } from "../../../server/http/errorHandler.ts";
import type { Placement } from "../../../server/windows/placement.ts";
import { incomingOf } from "../endpoint/exchange.ts";
import { CallProgress } from "../endpoint/progress.ts";
import type { ResourceChanges } from "../resources/resourceChanges.ts";
import { assertSubscribable, type Resources, resources, resourceTemplates } from "../resources/resources.ts";
import type { RunCall } from "../../../tools/table/toolCall.ts";
import type { ToolTable } from "../../../tools/table/toolTable.ts";
import type { Questions } from "./questions.ts";
import { callTool, listingOf } from "./toolCalls.ts";

/** Maximum number of resources that one session subscribes to. */
const MAX_SUBSCRIPTIONS = 100;
/** Maximum number of calls of one client that are not answered. */
const MAX_CALLS = 256;
/** Time in milliseconds for which clients may keep the lists. */
const LISTS_TTL_MS = 60_000;

const INSTRUCTIONS =
  "Kiro Bridge runs commands of the user's editor and prompts the agent Kiro. Find commands with search_commands, and run " +
  "one with run_command. What the user's policy refuses is an error with the reason; do not try ways around it.";

export interface BridgeServerDeps {
  readonly tools: ToolTable;
  readonly resources: Resources;
  readonly questions: Questions;
  readonly placement: Pick<Placement, "reachOf">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
}

/** Creates the MCP servers of one client, one for each request or session. */
export class BridgeServers {
  readonly #deps: BridgeServerDeps;
  readonly #changes: ResourceChanges;
  #calls = 0;

  constructor(deps: BridgeServerDeps, changes: ResourceChanges) {
    this.#deps = deps;
    this.#changes = changes;
  }

  create(generation: "request" | "session"): Server {
    const { version, questions } = this.#deps;
    const info = { name: "kiro-bridge", title: "Kiro Bridge", version };
    const lists = { ttlMs: LISTS_TTL_MS, cacheScope: "private" } as const;
    const server = new Server(info, {
      capabilities: { tools: { listChanged: true }, resources: { subscribe: true } },
      instructions: INSTRUCTIONS,
      requestState: { verify: questions.verify },
      cacheHints: { "tools/list": lists, "resources/list": lists, "resources/templates/list": lists },
    });
    this.#addTools(server, generation === "request");
    this.#addResources(server);
    if (generation === "session") this.#addSubscriptions(server);
    return server;
  }

  #addTools(server: Server, isStateless: boolean): void {
    const { tools } = this.#deps;
    server.setRequestHandler("tools/list", () => ({ tools: tools.tools.map(listingOf) }));
    server.setRequestHandler("tools/call", async ({ params }, context) => {
      if (this.#calls >= MAX_CALLS) return errorResult(tooManyCalls());
      this.#calls++;
      try {
        return await this.#call(params.name, params.arguments, context, { server, isStateless });
      } finally {
        this.#calls--;
      }
    });
  }

  async #call(
    name: string,
    args: unknown,
    context: ServerContext,
    { server, isStateless }: { readonly server: Server; readonly isStateless: boolean },
  ): Promise<CallToolResult | InputRequiredResult> {
    const tool = this.#deps.tools.find(name);
    if (tool === undefined)
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool "${name.slice(0, 200)}".`);
    const { questions, clock, logger } = this.#deps;
    const progress = new CallProgress(context, clock);
    try {
      const client = server.getClientCapabilities();
      const call = { ...this.#callOf(context), context, progress, client, isStateless };
      return await callTool(tool, args ?? {}, call, questions);
    } catch (error) {
      if (context.mcpReq.signal.aborted || error instanceof ProtocolError) throw error;
      return errorResult(toBridgeError(error, logger));
    } finally {
      await progress.dispose();
    }
  }

  #addResources(server: Server): void {
    server.setRequestHandler("resources/list", () => ({ resources: [...resources] }));
    server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates: [...resourceTemplates] }));
    server.setRequestHandler("resources/read", ({ params: { uri } }, context) =>
      inProtocol(() => this.#deps.resources.read(uri, this.#callOf(context))),
    );
  }

  /** @throws BridgeError AUTHENTICATION_FAILED if the access of the client has ended */
  #callOf({ http, mcpReq }: ServerContext): RunCall & { readonly request: IncomingMessage } {
    const request = incomingOf(http?.req);
    const { caller, windows } = this.#deps.placement.reachOf(request);
    // A client sends it with each call (https://modelcontextprotocol.io), or as any program over HTTP.
    const traceparent = readTraceparent(mcpReq._meta?.["traceparent"]) ?? caller.traceparent;
    return { request, windows, caller: inTrace(caller, traceparent), signal: mcpReq.signal };
  }

  /** Clients since 2026-07-28 subscribe by a stream instead, which the endpoint serves. */
  #addSubscriptions(server: Server): void {
    const uris = new Set<string>();
    const leave = this.#changes.subscribe((event) => {
      // A session without a stream gets none.
      const ignored = (): void => undefined;
      if (event.kind === "tools_list_changed") server.sendToolListChanged().catch(ignored);
      else if (event.kind === "resource_updated" && uris.has(event.uri))
        server.sendResourceUpdated({ uri: event.uri }).catch(ignored);
    });
    Object.assign(server, { onclose: leave });
    server.setRequestHandler("resources/subscribe", ({ params: { uri } }) =>
      inProtocol(() => {
        assertSubscribable(uri);
        if (uris.size >= MAX_SUBSCRIPTIONS) throw tooManySubscriptions();
        uris.add(uri);
        return {};
      }),
    );
    server.setRequestHandler("resources/unsubscribe", ({ params: { uri } }) => {
      uris.delete(uri);
      return {};
    });
  }
}

/** Converts the errors of requests that have no result for them. */
async function inProtocol<T>(respond: () => T | Promise<T>): Promise<T> {
  try {
    return await respond();
  } catch (error) {
    if (!isBridgeError(error)) throw error;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, error.message, error.toBody());
  }
}

/** Returns an error as a result of a tool: the sentence for models, and the error body for programs. */
function errorResult(error: BridgeError): CallToolResult {
  return {
    content: [{ type: "text", text: error.message }],
    isError: true,
    _meta: { "kiro-bridge/error": error.toBody() },
  };
}

function tooManyCalls(): BridgeError {
  const message = `${MAX_CALLS} calls of this client are not answered yet. Call again when some have ended.`;
  return new BridgeError("RATE_LIMIT_EXCEEDED", message, { limit: MAX_CALLS });
}

function tooManySubscriptions(): BridgeError {
  const message = `This session already subscribes to ${MAX_SUBSCRIPTIONS} resources.`;
  return new BridgeError("RATE_LIMIT_EXCEEDED", message, { limit: MAX_SUBSCRIPTIONS });
}
