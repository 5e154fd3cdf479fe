import type { CallResult, CallPart, ModelTool } from "./step.ts";
import type { RunContext } from "../ports.ts";

/** A tool of the bridge for an agent. */
export interface AgentTool extends ModelTool {
  /** True if it changes nothing. */
  readonly isReadOnly: boolean;
}

/** The tools for one turn of an agent. */
export interface AgentTools {
  /** Constant for the turn. */
  readonly list: readonly AgentTool[];
  /**
   * Runs a call as an execution of its own, a child of the turn's, after the user has approved it where the setting says
   * so. Whatever fails is a result that says so, also an unknown tool and invalid arguments.
   * @throws the signal's reason
   */
  call(call: CallPart, signal: AbortSignal): Promise<CallResult>;
}

/** Opens the tools of the bridge for a turn. `context` is that of the turn's execution. */
export type OpenAgentTools = (context: RunContext, engineId: string, signal: AbortSignal) => Promise<AgentTools>;
