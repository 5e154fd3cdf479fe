import type { Disposable } from "../base/disposables.ts";
import type { AgentTools } from "../core/models/agentTools.ts";
import type { WireId } from "../core/models/step.ts";
import type { Question, ToolCall } from "../core/ports.ts";
import type { AgentStep, Compaction } from "../protocol/agents/agentStep.ts";
import type { TurnUsage } from "../protocol/agents/turnUsage.ts";
import type { Prompt } from "./prompt.ts";

/** The transports to the CLI: `kiro-cli acp`, `chat --no-interactive`, or a persistent text pipe. */
export type CliTransport = "acp" | "oneshot" | "pipe";

/** The way to an agent: the transport to a CLI, or the protocol of a model. */
export type Transport = CliTransport | WireId;

/** Receives the events of one turn, in order, and none after its end. */
export interface Turn {
  /** The execution that the turn belongs to. */
  readonly executionId: string;
  /** The principal that has sent the prompt. */
  readonly principalId: string;
  /** The tools of the bridge, for an agent that has none of its own. */
  readonly tools?: AgentTools | undefined;
  /** Called before the prompt is sent: from then on, tools may have run. See `RunContext.began`. */
  began(): void;
  /** A part of the answer: clean text, without color codes. */
  output(text: string, stream?: "stdout" | "stderr"): void;
  /** Retracts the last `length` characters of the answer, which the CLI sends again (ACP's `stream_discarded`). */
  retract(length: number): void;
  toolCall(call: ToolCall): void;
  /** Reports a request to a model, after it or before its repetition. */
  step(step: AgentStep): void;
  /** Reports that the conversation was too long for the model, and was shortened. */
  compacted(compaction: Compaction): void;
  /** Called with `true` when the agent waits for a tool of its caller, with `false` when it goes on. */
  park(isParked: boolean): void;
  /** Asks for a permission. Resolves with one of the choices; rejects if the turn is aborted. */
  ask(question: Question): Promise<string>;
}

/** A turn, or what opens it when its session has an agent for it. */
export type GivenTurn = Turn | (() => Promise<Turn>);

/** Returns a turn that also calls `listener` when it has begun. */
export function onBegan(turn: Turn, listener: () => void): Turn {
  return {
    executionId: turn.executionId,
    principalId: turn.principalId,
    tools: turn.tools,
    began: () => {
      listener();
      turn.began();
    },
    output: (text, stream) => turn.output(text, stream),
    retract: (length) => turn.retract(length),
    toolCall: (call) => turn.toolCall(call),
    step: (step) => turn.step(step),
    compacted: (compaction) => turn.compacted(compaction),
    park: (isParked) => turn.park(isParked),
    ask: (question) => turn.ask(question),
  };
}

/**
 * The end of a turn. Otherwise a `BridgeError` is thrown: KIRO_UNAVAILABLE (with `reason`), OPERATION_TIMEOUT
 * (inactivity or absolute), COMMAND_EXECUTION_FAILED (the CLI has failed or exited; the text so far was sent through
 * `output`).
 */
export type TurnEnd =
  | {
      readonly kind: "ended";
      readonly stopReason: string;
      readonly exitCode?: number;
      readonly isTruncated?: boolean;
      readonly usage?: TurnUsage;
    }
  | { readonly kind: "cancelled"; readonly how: "cooperative" | "killed" };

/**
 * A conversation with one CLI, over one transport, in one working directory. Runs one turn at a time. After a turn
 * without a certain end (timeout, kill, crash, protocol error), the agent is dirty: `isUsable` is false, its process
 * group is being ended, and the session replaces it before the next turn.
 */
export interface Agent extends Disposable {
  readonly transport: Transport;
  readonly isUsable: boolean;
  /** False if it ignores lent tools. */
  readonly takesTools: boolean;
  /** @throws BridgeError VALIDATION_FAILED for a prompt that it cannot send: too long, or with images */
  assertTakes(prompt: Prompt): void;
  /**
   * Selects the model of this turn and of later ones.
   * @throws BridgeError NOT_FOUND for a model that the CLI does not have, VALIDATION_FAILED if the transport cannot select
   * one; the signal's reason
   */
  useModel(id: string, signal: AbortSignal): Promise<void>;
  /**
   * Sends a prompt. Resolves at the end of its turn.
   * @param signal aborted by a cancellation (no reason, or not a `BridgeError`), after which the turn ends as
   * `cancelled`; or by a timeout (the reason is a `BridgeError`), after which the reason is thrown. Both run the cancel
   * ladder.
   */
  prompt(prompt: Prompt, turn: Turn, signal: AbortSignal): Promise<TurnEnd>;
  /** Ends the process group: closes stdin, SIGTERM, SIGKILL. Resolves when it is gone. */
  dispose(): Promise<void>;
}

/** `TurnLimits.cancelMs`, which is not a setting. */
export const CANCEL_MS = 10_000;

/** Timeouts of a turn, in milliseconds. */
export interface TurnLimits {
  /** Without any sign of life from the CLI. Paused while a question is open. */
  readonly inactivityMs: number;
  /** From start to end. */
  readonly absoluteMs: number;
  /** For a cooperative cancellation, after which the process group is killed. */
  readonly cancelMs: number;
}

/** The program that starts the CLI, found once and used by all agents. Its arguments precede those of the caller. */
export interface CliProgram {
  /** Absolute path of the executable. */
  readonly command: string;
  readonly leadingArgs: readonly string[];
  /** Added to the clean environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly isSimulated: boolean;
}
