import type { Fact, RunSummary } from "../../../src/exports/outbox/fact.ts";
import { FACT_TIME, factOf, runOf } from "./facts.ts";

const DAY_MS = 86_400_000;

/** Builds the facts of an execution that starts, asks and ends, with increasing sequences. */
export function lifeOf(executionId: string, changes: Partial<RunSummary> = {}): readonly [Fact, Fact, Fact] {
  const { command, status } = runOf(executionId, changes);
  const open = { ...changes, completedAt: undefined, stopReason: undefined, errorCode: undefined, outputLength: 0 };
  const started = runOf(executionId, { ...open, sequence: 1, status: "running" });
  const asking = runOf(executionId, { ...open, sequence: 2, status: "waiting-input", questions: 1 });
  const question = { questionId: "q1", prompt: "Delete it?", inputType: "confirmation" } as const;
  const end =
    status === "completed"
      ? ({ type: "command-completed", executionId, success: true, output: "", executionTimeMs: 200 } as const)
      : ({ type: "command-error", executionId, error: "", recoverable: false } as const);
  return [
    factOf({ type: "command-started", executionId, command, args: [] }, 1, started),
    factOf({ type: "user-input-required", executionId, ...question }, 2, asking),
    factOf(end, 3, runOf(executionId, { ...changes, sequence: 3, questions: 1 })),
  ];
}

const ofYesterday = {
  queuedAt: FACT_TIME - DAY_MS - 900,
  startedAt: FACT_TIME - DAY_MS - 800,
  completedAt: FACT_TIME - DAY_MS,
};
const failed = { status: "failed", errorCode: "COMMAND_EXECUTION_FAILED" } as const;

/** Runs of which the queries in docs/exports.md find `failedYesterday`. */
export const runsOfTwoDays: readonly Fact[] = [
  lifeOf("exec-1-1-a", { ...ofYesterday, ...failed }),
  lifeOf("exec-1-2-a", ofYesterday),
  lifeOf("exec-1-3-a", failed),
  lifeOf("exec-1-4-a", { ...ofYesterday, ...failed, command: "editor.b", target: "editor" }),
  lifeOf("exec-1-5-a", { ...ofYesterday, status: "cancelled" }),
].flat();

/** The command and ID of each item, in the order of the queries. */
export const failedYesterday = [
  ["editor.b", "exec-1-4-a"],
  ["kiro.cli.chat", "exec-1-1-a"],
] as const;
