import { type CallToolResult, ProtocolError, ProtocolErrorCode, Server, type Tool } from "@modelcontextprotocol/server";
import type { Clock } from "../../../base/clock.ts";
import { abortable } from "../../../base/deadline.ts";
import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type { LentResult, LentServerOptions, LentTool } from "../../turns/lending.ts";
import { CallProgress } from "../endpoint/progress.ts";

/** Maximum number of calls of one agent that wait for their result. */
const MAX_CALLS = 64;

/** The tools of a client, as the MCP servers of one agent offer them. */
export class LentTools {
  readonly #tools: readonly Tool[];
  readonly #names: ReadonlySet<string>;
  readonly #call: LentServerOptions["call"];
  readonly #clock: Clock;
  readonly #version: string;
  #calls = 0;

  constructor({ tools, call }: LentServerOptions, clock: Clock, version: string) {
    this.#tools = tools.map(asTool);
    this.#names = new Set(tools.map(({ name }) => name));
    this.#call = call;
    this.#clock = clock;
    this.#version = version;
  }

  /** Creates a server for one connection. */
  createServer(): Server {
    const server = new Server({ name: "client", version: this.#version }, { capabilities: { tools: {} } });
    server.setRequestHandler("tools/list", () => ({ tools: [...this.#tools] }));
    server.setRequestHandler("tools/call", async ({ params }, context) => {
      const { name, arguments: given = {} } = params;
      if (!this.#names.has(name))
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool "${name}".`);
      if (this.#calls >= MAX_CALLS) return toolError(`${MAX_CALLS} calls wait for their results already.`);
      this.#calls++;
      const progress = new CallProgress(context, this.#clock);
      // Nobody could read the result after the stream of the call has closed.
      const left = context.http?.req?.signal;
      const signal = AbortSignal.any([context.mcpReq.signal, ...(left === undefined ? [] : [left])]);
      try {
        return asResult(await abortable(this.#call(name, given, signal), signal));
      } finally {
        this.#calls--;
        await progress.dispose();
      }
    });
    return server;
  }
}

/** MCP wants an object for the arguments, of any shape by default. */
function asTool({ name, description, parameters }: LentTool): Tool {
  const schema = typeof parameters === "object" ? parameters : {};
  return { name, description, inputSchema: { ...schema, type: "object" } };
}

function asResult({ content, isError }: LentResult): CallToolResult {
  return { content: content.map(asContent), ...(isError && { isError }) };
}

function asContent(block: PromptBlock): CallToolResult["content"][number] {
  return block.type === "text" ? block : { type: "image", data: block.data, mimeType: block.mimeType };
}

function toolError(text: string): CallToolResult {
  return { content: [{ type: "text", text }], isError: true };
}
