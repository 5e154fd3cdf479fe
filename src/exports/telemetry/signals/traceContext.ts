import { createHash } from "node:crypto";
import { readTraceparent } from "../../../protocol/tracing/traceparent.ts";
import type { RunSummary } from "../../outbox/fact.ts";

/** The position of a span in a trace. */
export interface SpanPosition {
  readonly traceId: string;
  readonly spanId: string;
}

/** Returns the position that a `traceparent` tells, or undefined for one that is not valid. */
function positionIn(text: string | undefined): SpanPosition | undefined {
  const [, traceId, spanId] = readTraceparent(text)?.split("-") ?? [];
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
}

/**
 * Returns the trace of a run: that of its caller, or one that only depends on the execution, or on the one with which it
 * began if agents have asked agents. A run that is sent again so has the same IDs.
 */
export function traceIdOf({ traceparent, rootId, parentId, executionId }: RunSummary): string {
  return positionIn(traceparent)?.traceId ?? idOf("trace", rootId ?? parentId ?? executionId, 32);
}

/** Returns the ID of the span of an execution. */
export function executionSpanId(executionId: string): string {
  return idOf("execution", executionId, 16);
}

/** Returns the ID of the span of the turn of an agent. */
export function turnSpanId(executionId: string): string {
  return idOf("turn", executionId, 16);
}

/** Returns the ID of the span of a step. One that runs as an execution is found by that, which knows no more of its parent. */
export function stepSpanId(
  executionId: string,
  step: { readonly id: string; readonly childId?: string | undefined },
): string {
  return step.childId === undefined ? idOf(`step ${executionId}`, step.id, 16) : callSpanId(step.childId);
}

/** Returns the ID of the span that is the parent of a run. */
export function parentSpanId({ parentId, executionId, traceparent }: RunSummary): string | undefined {
  return parentId === undefined ? positionIn(traceparent)?.spanId : callSpanId(executionId);
}

function callSpanId(executionId: string): string {
  return idOf("call", executionId, 16);
}

function idOf(kind: string, id: string, digits: number): string {
  return createHash("sha256").update(`kiro-bridge ${kind} ${id}`).digest("hex").slice(0, digits);
}
