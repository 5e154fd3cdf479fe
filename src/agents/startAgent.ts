import type { Disposable } from "../base/disposables.ts";
import { BridgeError } from "../protocol/errors.ts";
import { unavailableContext } from "../protocol/unavailable.ts";
import type { Agent, CliProgram } from "./agent.ts";

/** The CLI as it was found on this machine. */
export interface FoundCli {
  readonly program: CliProgram;
  readonly version?: string;
}

/** What a session wants of a new agent. */
export interface AgentRequest {
  /** Absolute real path: the folder in which the CLI works. */
  readonly workspacePath: string;
  /** The CLI's own id of a conversation that shall go on, if it can. */
  readonly resumeId?: string;
}

export interface StartedAgent {
  readonly agent: Agent;
  /** With this the CLI may find the conversation again, in another process. */
  readonly resumeId?: string;
  /** Whether an earlier conversation goes on. */
  readonly isResumed: boolean;
  /** Asked before each further turn: whether a new start would bring something better, and nothing would be lost by it. */
  readonly isOutdated?: () => boolean;
}

/**
 * Starts an agent that is ready for its first prompt.
 * @throws BridgeError KIRO_UNAVAILABLE with `reason`; the signal's reason. Nothing is left running then.
 */
export type StartAgent = (request: AgentRequest, signal: AbortSignal) => Promise<StartedAgent>;

/** The CLI runs, but does not speak ACP as we do: it is too old, too new, or does not answer. Another way may work. */
export class AcpUnusable extends BridgeError {
  readonly why: string;
  /** It may be another time: the CLI was only slow, or failed. A CLI that is too old stays so. */
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

/** Ends what was started too late for anybody to want it. */
export async function disposeQuietly(resource: Disposable): Promise<void> {
  try {
    await resource.dispose();
  } catch {
    // The process is gone, or can not be ended: nobody waits for either.
  }
}
