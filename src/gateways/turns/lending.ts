import type { Disposable } from "../../base/disposables.ts";
import type { PromptBlock } from "../../core/models/promptBlock.ts";
import type { JsonSchema } from "../../protocol/schemas/jsonSchema.ts";

/** A tool as agents see it. */
export interface LentTool {
  /** At most 64 characters of `A-Z a-z 0-9 _ -`. */
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
}

export interface LentResult {
  readonly content: readonly PromptBlock[];
  readonly isError: boolean;
}

export interface LentServerOptions {
  readonly tools: readonly LentTool[];
  /**
   * Asks the client for the result of a call, which may take minutes. Never rejects: a failure is a result with `isError`.
   * @param signal aborted when the agent cancels the call or its connection breaks
   */
  readonly call: (name: string, args: object, signal: AbortSignal) => Promise<LentResult>;
}

/** An MCP server for the agent of one session. Its token is of no use after it was disposed. */
export interface LentServer extends Disposable {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Creates the MCP servers by which agents call the tools of clients. */
export interface LentServers {
  open(options: LentServerOptions): Promise<LentServer>;
}
