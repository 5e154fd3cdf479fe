import { SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import type { RunStep, RunSummary } from "../../outbox/fact.ts";
import { executionSpanId, parentSpanId, stepSpanId, traceIdOf, turnSpanId } from "./traceContext.ts";
import {
  attributesOfRun,
  attributesOfStep,
  attributesOfTurn,
  errorTypeOf,
  isKiroCli,
  isTurn,
  turnName,
} from "./runAttributes.ts";
import type { RunContent } from "./runContent.ts";
import { definedAttributes, timeOf } from "./resource.ts";
import type { Attributes, Resource, Scope, Span } from "./payload.ts";

export interface SpanDeps {
  readonly resource: Resource;
  readonly scope: Scope;
}

interface SpanParts {
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly isParentRemote?: boolean;
  readonly name: string;
  readonly kind: SpanKind;
  readonly from: number;
  readonly to: number;
  readonly attributes: Attributes;
  /** Set if it has failed. */
  readonly failure?: string | undefined;
  readonly events?: readonly SpanEvent[];
}

interface SpanEvent {
  readonly name: string;
  readonly at: number;
  readonly attributes?: Attributes;
}

/**
 * Returns the spans of a run that has ended: the execution, the turn of an agent in it, and the steps in that. Their IDs
 * only depend on the run.
 * @param at the time of its end, if the run does not tell it
 */
export function spansOf(run: RunSummary, at: number, content: RunContent, deps: SpanDeps): Span[] {
  const traceId = traceIdOf(run);
  const create = (parts: SpanParts): Span => spanOf(traceId, parts, deps);
  const end = run.completedAt ?? at;
  const { executionId, steps = [] } = run;
  const failure = errorTypeOf(run);
  const execution = create({
    spanId: executionSpanId(executionId),
    parentId: parentSpanId(run),
    isParentRemote: run.parentId === undefined,
    name: run.command,
    kind: SpanKind.SERVER,
    from: run.queuedAt,
    to: end,
    attributes: attributesOfRun(run),
    failure,
    events: eventsOf(run, end),
  });
  if (run.startedAt === undefined) return [execution];
  const hasTurn = isTurn(run);
  const turn = create({
    spanId: turnSpanId(executionId),
    parentId: executionSpanId(executionId),
    name: turnName(run),
    kind: isKiroCli(run) ? SpanKind.CLIENT : SpanKind.INTERNAL,
    from: run.startedAt,
    to: end,
    attributes: attributesOfTurn(run, content),
    failure,
  });
  const parentId = hasTurn ? turnSpanId(executionId) : executionSpanId(executionId);
  const spans = steps.flatMap((step) => stepParts(run, step, end)).map((parts) => create({ ...parts, parentId }));
  return [execution, ...(hasTurn ? [turn] : []), ...spans];
}

/** Returns the marked span of a test. */
export function testSpan(at: number, id: { readonly traceId: string; readonly spanId: string }, deps: SpanDeps): Span {
  const attributes = { "kiro_bridge.test": true };
  const parts = { spanId: id.spanId, parentId: undefined, name: "kiro_bridge.test", kind: SpanKind.INTERNAL } as const;
  return spanOf(id.traceId, { ...parts, from: at, to: at, attributes }, deps);
}

/** Returns nothing for a step that is an event of its execution. */
function stepParts(run: RunSummary, step: RunStep, end: number): Omit<SpanParts, "parentId">[] {
  if (step.kind !== "tool" && step.kind !== "model-step") return [];
  const isTool = step.kind === "tool";
  const hasFailed = step.status === "failed" || step.status === "retrying";
  return [
    {
      spanId: stepSpanId(run.executionId, step),
      name: isTool ? `execute_tool ${step.name}` : `chat ${step.name}`,
      kind: isTool ? SpanKind.INTERNAL : SpanKind.CLIENT,
      from: step.startedAt,
      to: Math.max(step.startedAt, step.endedAt ?? end),
      attributes: attributesOfStep(run, step),
      failure: hasFailed ? step.status : undefined,
    },
  ];
}

/** Returns the events of an execution: its start, and the questions with their ends. */
function eventsOf(run: RunSummary, end: number): SpanEvent[] {
  const events: SpanEvent[] = [];
  if (run.startedAt !== undefined) events.push({ name: "command-started", at: run.startedAt });
  for (const { kind, id, name, startedAt, endedAt, status } of run.steps ?? []) {
    if (kind === "queued") events.push({ name: "command-queued", at: startedAt });
    if (kind !== "question") continue;
    const attributes = { "kiro_bridge.question.id": id, "kiro_bridge.question.kind": name };
    events.push({ name: "user-input-required", at: startedAt, attributes });
    const answer = status === "expired" ? "input-expired" : "input-accepted";
    if (endedAt !== undefined && endedAt <= end) events.push({ name: answer, at: endedAt, attributes });
  }
  return events.toSorted((a, b) => a.at - b.at);
}

function spanOf(traceId: string, parts: SpanParts, { resource, scope }: SpanDeps): Span {
  const { spanId, parentId, isParentRemote = false, name, kind, attributes, failure, events = [] } = parts;
  const to = Math.max(parts.from, parts.to);
  return {
    name,
    kind,
    spanContext: () => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED }),
    ...(parentId !== undefined && {
      parentSpanContext: { traceId, spanId: parentId, traceFlags: TraceFlags.SAMPLED, isRemote: isParentRemote },
    }),
    startTime: timeOf(parts.from),
    endTime: timeOf(to),
    duration: timeOf(to - parts.from),
    status: failure === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: failure },
    attributes: definedAttributes({ ...attributes, "error.type": failure }),
    links: [],
    events: events.map((event) => ({ name: event.name, time: timeOf(event.at), attributes: event.attributes ?? {} })),
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
