import { SeverityNumber, TraceFlags } from "@opentelemetry/api";
import { isEnd } from "../../../protocol/events.ts";
import type { RunFact } from "../../outbox/fact.ts";
import { attributesOfRun, errorTypeOf } from "./runAttributes.ts";
import type { RunContent } from "./runContent.ts";
import { executionSpanId, type SpanPosition, traceIdOf } from "./traceContext.ts";
import { definedAttributes, timeOf } from "./resource.ts";
import type { LogRecord, Resource, Scope } from "./payload.ts";

type Severity = "INFO" | "WARN" | "ERROR";

export interface LogDeps {
  readonly resource: Resource;
  readonly scope: Scope;
}

/** Returns the log record of the end of a run, which belongs to its span. Its body is a sentence without content. */
export function logRecordOf({ at, event, run }: RunFact, content: RunContent, deps: LogDeps): LogRecord {
  const attributes = {
    ...attributesOfRun(run),
    "error.type": errorTypeOf(run),
    "exception.message": content.error,
    "kiro_bridge.output": content.output,
    "kiro_bridge.input": content.input,
  };
  return recordOf(deps, {
    at: run.completedAt ?? at,
    observedAt: at,
    position: { traceId: traceIdOf(run), spanId: executionSpanId(run.executionId) },
    severity: severityOf(run.status),
    // Names of events have dots and underscores.
    eventName: `kiro_bridge.${(isEnd(event) ? event.type : "execution").replaceAll("-", "_")}`,
    body: `The execution of ${run.command} ${endings[run.status] ?? run.status}.`,
    attributes: definedAttributes(attributes),
  });
}

/** Returns the marked record of a test. */
export function testLogRecord(at: number, position: SpanPosition, deps: LogDeps): LogRecord {
  return recordOf(deps, {
    at,
    observedAt: at,
    position,
    severity: "INFO",
    eventName: "kiro_bridge.test",
    body: "A test of this destination.",
    attributes: { "kiro_bridge.test": true },
  });
}

const endings: Readonly<Record<string, string>> = {
  completed: "has completed",
  failed: "has failed",
  cancelled: "was cancelled",
  interrupted: "was interrupted",
};

function severityOf(status: string): Severity {
  if (status === "failed") return "ERROR";
  return status === "interrupted" ? "WARN" : "INFO";
}

interface RecordParts {
  readonly at: number;
  readonly observedAt: number;
  readonly position: SpanPosition;
  readonly severity: Severity;
  readonly eventName: string;
  readonly body: string;
  readonly attributes: LogRecord["attributes"];
}

function recordOf({ resource, scope }: LogDeps, parts: RecordParts): LogRecord {
  const { at, observedAt, position, severity, eventName, body, attributes } = parts;
  return {
    hrTime: timeOf(at),
    hrTimeObserved: timeOf(observedAt),
    spanContext: { ...position, traceFlags: TraceFlags.SAMPLED },
    severityNumber: SeverityNumber[severity],
    severityText: severity,
    eventName,
    body,
    attributes,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
  };
}
