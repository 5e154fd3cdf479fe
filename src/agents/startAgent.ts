import type { Disposable } from "../base/disposables.ts";
import type { LentTools } from "../core/commands/turnInput.ts";
import { BridgeError } from "../protocol/errors.ts";
import { unavailableContext } from "../protocol/unavailable.ts";
import type { Agent, CliProgram } from "./agent.ts";

/** The CLI found on this machine. */
export interface FoundCli {
  readonly program: CliProgram;
  readonly version?: string;
}

/** A request for a new agent. */
export interface AgentRequest {
  /** Absolute real path of the working directory. */
  readonly workspacePath: string;
  /** The session that it is for. Default: none, for a test of the agent itself. */
  readonly sessionId?: string;
  /** The address, in the folder, of a conversation that may outlive its session. Default: it ends with the agent. */
  readonly place?: { readonly name: string; readonly ownerId: string | undefined };
  /** True if an earlier conversation at this place must not be continued. */
  readonly isNew?: boolean;
  /** The CLI's ID of a conversation to resume if possible. */
  readonly resumeId?: string;
  /** Lent to the agent for as long as it lives, if it takes tools. */
  readonly tools?: LentTools;
}

/** A model, by the CLI's own ID. */
export interface AgentModel {
  readonly id: string;
  readonly name: string;
}

export interface StartedAgent {
  readonly agent: Agent;
  /** Those that the CLI has told when the session began. */
  readonly models?: readonly AgentModel[];
  /** ID by which another process may resume the conversation. */
  readonly resumeId?: string;
  /** True if an earlier conversation was resumed. */
  readonly isResumed: boolean;
  /**
   * Drops what is stored of this conversation, and not that of a later one at the same place. Called after the agent was
   * disposed, when its session was closed or renewed by request; not when the bridge stops.
   */
  readonly forget?: () => Promise<void>;
  /** Checked before each further turn: returns true if a restart would improve something without losing anything. */
  readonly isOutdated?: () => boolean;
}

/**
 * Starts an agent, and resolves when it is ready for its first prompt.
 * @throws BridgeError KIRO_UNAVAILABLE with `reason`, or the signal's reason, when no process is left running
 */
export type StartAgent = (request: AgentRequest, signal: AbortSignal) => Promise<StartedAgent>;

/**
 * The CLI runs but does not support our ACP: it is too old, too new, or does not respond. Another transport may work.
 */
export class AcpUnusable extends BridgeError {
  readonly why: string;
  /** True if a later attempt may succeed, because the CLI was only slow or failed. A CLI that is too old stays so. */
  readonly mayPass: boolean;

  constructor(why: string, { mayPass = false } = {}) {
    super(
      "KIRO_UNAVAILABLE",
      `ACP is not available: ${why}. Update Kiro CLI (1.25 or later), or set kiroBridge.cli.transport to 'oneshot'.`,
      unavailableContext(mayPass ? "cli-not-responding" : "cli-incompatible", { transport: "acp" }),
    );
    this.why = why;
    this.mayPass = mayPass;
  }
}

/** Disposes a resource that was started too late to be used. */
export async function disposeQuietly(resource: Disposable): Promise<void> {
  try {
    await resource.dispose();
  } catch {
    // The process has exited or cannot be ended; no caller waits for it.
  }
}
