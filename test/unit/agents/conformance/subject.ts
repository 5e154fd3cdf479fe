import type { Transport } from "../../../../src/agents/agent.ts";
import type { StartAgent } from "../../../../src/agents/startAgent.ts";
import type { Disposable } from "../../../../src/base/disposables.ts";

/** A prompt that makes an agent do something. */
export interface Scripted {
  readonly prompt: string;
  /** The text that it says; for a turn that does not end by itself, the last one that is certain to come. */
  readonly said: string;
}

/** Timeout in milliseconds of a silent agent. No test waits for it. */
export const INACTIVITY_MS = 60_000;

/** One agent that the conformance tests run against. A method that is absent is something that it cannot be told to do. */
export interface Subject extends Disposable {
  readonly transport: Transport;
  readonly start: StartAgent;
  /** Answers with a text. */
  answer?(): Scripted;
  /** Uses a tool that needs no permission, then says something. */
  useTool?(): Scripted;
  /** Asks for a permission, uses a tool, then says something. */
  askFirst(): Scripted;
  /** Says the same as `askFirst` when the permission is refused. */
  refused(): Scripted;
  /** Says something, and then nothing for a long time. */
  stall(): Scripted;
  /** Says something, and fails. */
  fail?(): Scripted;
  dispose(): Promise<void>;
}
