import type { ClientCapabilities, ServerContext } from "@modelcontextprotocol/server";
import type { RunCall } from "../../../tools/table/toolCall.ts";

/** A call of an MCP client. */
export interface McpCall extends RunCall {
  readonly context: ServerContext;
  /** The capabilities of the client; undefined if it has not said. */
  readonly client: ClientCapabilities | undefined;
  /** True for a client since 2026-07-28, whose user is asked by the result. */
  readonly isStateless: boolean;
}
