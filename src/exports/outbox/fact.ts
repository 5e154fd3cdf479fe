import type { BridgeEvent } from "../../protocol/events.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import type { ExecutionStatus } from "../../protocol/executionStatus.ts";

/** Levels of content that may leave the machine: nothing, the output, or arguments, questions and answers as well. */
export const contentLevels = ["none", "output", "all"] as const;
export type ContentLevel = (typeof contentLevels)[number];

export type EventType = BridgeEvent["type"];

/** A step of an agent's turn, for traces. Times are milliseconds of the Unix epoch. */
export interface RunStep {
  readonly kind: "tool" | "question" | "model-step" | "queued";
  /** The ID of the tool call or question. */
  readonly id: string;
  /** The kind of the tool, as the agent tells it. Never its title, which is content. */
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly status: string | undefined;
  /** The execution as which the call runs. */
  readonly childId?: string | undefined;
}

/** An execution at one of its steps, without content. Times are milliseconds of the Unix epoch. */
export interface RunSummary {
  readonly executionId: string;
  readonly parentId?: string | undefined;
  /** The first ancestor, if it is another one. */
  readonly rootId?: string | undefined;
  /** Increases with each summary of the same execution: an item with a lower one is older. */
  readonly sequence: number;
  readonly status: ExecutionStatus;
  /** The ID of the command, or `(unknown)` for an ID that no target has, which may be any text. */
  readonly command: string;
  readonly target: string;
  readonly windowId: string;
  readonly principalId: string | undefined;
  /** See `Requester`. */
  readonly origin: string | undefined;
  readonly via: string | undefined;
  readonly queuedAt: number;
  readonly startedAt: number | undefined;
  readonly completedAt: number | undefined;
  readonly sessionId: string | undefined;
  readonly exitCode: number | undefined;
  readonly stopReason: string | undefined;
  readonly errorCode: ErrorCode | undefined;
  readonly cause: string | undefined;
  readonly outputLength: number;
  readonly isOutputTruncated: boolean;
  readonly questions: number;
  /** Tokens and cost, of agents that tell them. */
  readonly usage?: Readonly<Record<string, number | string>> | undefined;
  readonly agent?: string | undefined;
  readonly model?: string | undefined;
  /** As the caller sent it (https://www.w3.org/TR/trace-context/). */
  readonly traceparent?: string | undefined;
  /** Only at the end, and only if a destination wants them. Bounded. */
  readonly steps?: readonly RunStep[] | undefined;
  /** True if `steps` was cut. */
  readonly areStepsCut?: boolean | undefined;
}

/**
 * An event of this window as it may leave the machine: masked, and without the content that no destination wants. `outbox`
 * keeps facts on the disk, in order, until each destination has them.
 */
export interface Fact {
  /** Unique for ever: `{windowId}-{epoch}-{windowEventId}`. Only letters, digits, `_` and `-`. */
  readonly id: string;
  /** Milliseconds of the Unix epoch. */
  readonly at: number;
  readonly event: BridgeEvent;
  /** Of the execution of the event. */
  readonly run?: RunSummary | undefined;
  /** True if texts of the event were cut, because they were too long. */
  readonly isContentCut?: boolean | undefined;
}

export type RunFact = Fact & { readonly run: RunSummary };

/** A fact that is offered to the readers. */
export interface Offer {
  /** With all its content, which may hold secrets. */
  readonly fact: Fact;
  /** Returns it as it may be stored. Called if it is. */
  readonly seal: (fact: Fact, level: ContentLevel) => Fact;
  /** True to store it even if no reader wants it: without it, nobody knows after a crash what was running. */
  readonly isNeeded: boolean;
  /** True to write it, and the earlier ones of its run, before an answer goes out. */
  readonly isUrgent: boolean;
}
