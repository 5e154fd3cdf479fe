import type { EventPayload } from "../../../src/protocol/events.ts";
import type { Fact, RunSummary } from "../../../src/exports/outbox/fact.ts";

export const FACT_TIME = Date.UTC(2026, 10, 28, 1, 30);

/** Builds a fact of window `w1`. Its ID is of the number in the sequence of the window. */
export function factOf(payload: EventPayload, number = 1, run?: RunSummary): Fact {
  const timestamp = new Date(FACT_TIME).toISOString();
  return {
    id: `w1-e1-${number}`,
    at: FACT_TIME,
    event: { ...payload, eventId: number, windowEventId: number, timestamp, windowId: "w1" },
    ...(run !== undefined && { run }),
  };
}

/** Builds the summary of an execution that has completed. */
export function runOf(executionId: string, changes: Partial<RunSummary> = {}): RunSummary {
  return {
    executionId,
    sequence: 3,
    status: "completed",
    command: "kiro.cli.chat",
    target: "kiro",
    windowId: "w1",
    principalId: "owner",
    origin: "program",
    via: undefined,
    queuedAt: FACT_TIME - 300,
    startedAt: FACT_TIME - 200,
    completedAt: FACT_TIME,
    sessionId: undefined,
    exitCode: undefined,
    stopReason: "end_turn",
    errorCode: undefined,
    cause: undefined,
    outputLength: 12,
    isOutputTruncated: false,
    questions: 0,
    ...changes,
  };
}

/** Builds the fact of a completed execution, with its summary. */
export function endFactOf(executionId: string, number = 3, changes: Partial<RunSummary> = {}): Fact {
  const end = { type: "command-completed", executionId, success: true, output: "", executionTimeMs: 200 } as const;
  return factOf(end, number, runOf(executionId, changes));
}
