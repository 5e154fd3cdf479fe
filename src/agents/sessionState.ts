import { isDeepStrictEqual } from "node:util";
import type { Disposable } from "../base/disposables.ts";
import type { LentTools } from "../core/commands/turnInput.ts";
import type { SessionState } from "../protocol/chat.ts";
import type { StartedAgent } from "./startAgent.ts";

/** A process, and what its session knows of it. */
export interface SessionProcess extends StartedAgent {
  /** Lent to it at its start. */
  readonly tools: LentTools | undefined;
  /** True if it remembers earlier turns: it has resumed their conversation, or was sent one of their prompts. */
  hasMemory: boolean;
}

/** The turn that a session runs. */
interface CurrentTurn {
  readonly cancellation: AbortController;
  readonly ended: PromiseWithResolvers<void>;
}

/** No process. */
interface Sleeping {
  readonly kind: "sleeping";
  /** Set if the conversation can be resumed. */
  readonly resumeId: string | undefined;
}

/** No prompt, and the process is about to be gone. The slot is released with it. */
export interface Ending {
  readonly kind: "ending";
  readonly shownAs: "idle" | "sleeping";
  readonly resumeId: string | undefined;
  readonly ended: Promise<void>;
}

/** A process that waits for the next prompt. */
interface Idle {
  readonly kind: "idle";
  readonly process: SessionProcess;
  /** Ends the process if there is no prompt. */
  readonly timeout: Disposable;
}

/** A prompt waits for its process. */
export interface Starting {
  readonly kind: "starting";
  readonly turn: CurrentTurn;
  /** The process of the previous turn, until it turns out to be unusable. */
  readonly process: SessionProcess | undefined;
  readonly resumeId: string | undefined;
  /** Resolves when an ending process is gone: only then another one starts. */
  readonly previousEnded: Promise<void> | undefined;
}

/** A process runs a prompt. */
interface Busy {
  readonly kind: "busy";
  readonly turn: CurrentTurn;
  readonly process: SessionProcess;
}

interface Closed {
  readonly kind: "closed";
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
}

/** The states in which a session accepts a prompt. */
type Resting = Sleeping | Ending | Idle;
export type State = Resting | Starting | Busy | Closed;

export function newTurn(): CurrentTurn {
  return { cancellation: new AbortController(), ended: Promise.withResolvers<void>() };
}

export function startingFrom(from: Resting, turn: CurrentTurn): Starting {
  const process = from.kind === "idle" ? from.process : undefined;
  const previousEnded = from.kind === "ending" ? from.ended : undefined;
  return { kind: "starting", turn, process, resumeId: resumeIdOf(from), previousEnded };
}

/** Returns the CLI's own ID of the conversation, by which the next process can resume it. */
export function resumeIdOf(state: Resting): string | undefined {
  if (state.kind !== "idle") return state.resumeId;
  const { resumeId, hasMemory } = state.process;
  return hasMemory ? resumeId : undefined;
}

export function processOf(state: State): SessionProcess | undefined {
  return "process" in state ? state.process : undefined;
}

/**
 * Returns true if a process need not be replaced for its session's tools. The newest ones count: a gateway that lends
 * others has closed the server of the earlier ones.
 */
export function hasTools({ agent, tools }: SessionProcess, wanted: LentTools | undefined): boolean {
  return !agent.takesTools || isDeepStrictEqual(addressOf(tools), addressOf(wanted));
}

function addressOf(tools: LentTools | undefined): object | undefined {
  return tools && { serverName: tools.serverName, url: tools.url, headers: tools.headers };
}

export function turnOf(state: State): CurrentTurn | undefined {
  return "turn" in state ? state.turn : undefined;
}

/** Returns the state's name on the wire. */
export function shownState(state: State): SessionState {
  return state.kind === "ending" ? state.shownAs : state.kind;
}
