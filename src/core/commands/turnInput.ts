import type { Event } from "../../base/events.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import type { ModelCall } from "../models/modelCall.ts";
import type { PromptBlock } from "../models/promptBlock.ts";

/** The tools that a client lends to an agent: an MCP server over HTTP, for one session. */
export interface LentTools {
  /** The name of the server, which agents put before the names of its tools. */
  readonly serverName: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly toolNames: readonly string[];
  /** Fires `true` when the agent waits for a result from the client, `false` when it goes on. */
  readonly onDidPark: Event<boolean>;
}

/** An agent that is ready for its prompt, and its abilities. */
export interface ReadyAgent {
  readonly sessionId: string;
  /** True if it has no memory of earlier turns, and so got `recall`. */
  readonly isNewConversation: boolean;
  /** False if it ignores lent tools, because its transport or its version has no MCP over HTTP. */
  readonly takesTools: boolean;
}

/** The additions of a gateway to a prompt. Never read from the body of a request. */
export interface TurnInput {
  /** The prompt, in place of the text in `args`, which the record shows. */
  readonly content: readonly PromptBlock[];
  /** The whole conversation, sent in place of `content` to an agent that does not remember it. Default: `content`. */
  readonly recall?: readonly PromptBlock[];
  /** The agent's own ID of a model. Default: the model of the session. */
  readonly model?: string;
  /** Constant for a session. */
  readonly tools?: LentTools;
  /** For a model itself, without an agent: then the other fields have no effect. */
  readonly call?: ModelCall;
  /** Called when the session has an agent for the prompt, before the prompt is sent. */
  readonly onReady?: (agent: ReadyAgent) => void;
}

/** A request for a target, with the input of a gateway. */
export interface TargetRequest extends ExecuteRequest {
  readonly turn?: TurnInput;
}
