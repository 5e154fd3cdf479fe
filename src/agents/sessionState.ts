import type { Disposable } from "../base/disposables.ts";
import type { SessionState } from "../protocol/chat.ts";
import type { StartedAgent } from "./startAgent.ts";

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
  readonly process: StartedAgent;
  /** Ends the process if there is no prompt. */
  readonly timeout: Disposable;
}

/** A prompt waits for its process. */
export interface Starting {
  readonly kind: "starting";
  readonly turn: CurrentTurn;
  /** The process of the previous turn, until it turns out to be unusable. */
  readonly process: StartedAgent | undefined;
  readonly resumeId: string | undefined;
  /** Resolves when an ending process is gone: only then another one starts. */
  readonly previousEnded: Promise<void> | undefined;
}

/** A process runs a prompt. */
interface Busy {
  readonly kind: "busy";
  readonly turn: CurrentTurn;
  readonly process: StartedAgent;
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
  return state.kind === "idle" ? state.process.resumeId : state.resumeId;
}

export function processOf(state: State): StartedAgent | undefined {
  return "process" in state ? state.process : undefined;
}

export function turnOf(state: State): CurrentTurn | undefined {
  return "turn" in state ? state.turn : undefined;
}

/** Returns the state's name on the wire. */
export function shownState(state: State): SessionState {
  return state.kind === "ending" ? state.shownAs : state.kind;
}
