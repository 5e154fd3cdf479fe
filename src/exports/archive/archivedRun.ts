import { isBridgeError } from "../../protocol/errors.ts";
import { type BridgeEvent, eventPayloads, type EventType } from "../../protocol/events.ts";
import { isFinal } from "../../protocol/executionStatus.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { RecordedEvent, RunExport } from "../../protocol/runExport.ts";
import { isoTime } from "../../base/isoTime.ts";
import { DeliveryFailure } from "../delivery/destination.ts";
import type { ContentLevel, RunFact } from "../outbox/fact.ts";
import { plainId, plainWord, reduceFact, withoutNames } from "../outbox/reduceFact.ts";
import type { DestinationPorts } from "../ports.ts";

type RunPorts = Pick<DestinationPorts, "exportRun" | "version">;

/**
 * Returns a run for an archive, with the content that the user allows: from the history, or, if that has it no longer, what its
 * end says.
 * @throws DeliveryFailure `passing` if the history cannot be read
 */
export async function archivedRun(fact: RunFact, level: ContentLevel, ports: RunPorts): Promise<RunExport> {
  const run = await kept(fact, ports);
  return run === undefined ? runOfEnd(fact, ports.version) : reducedRun(run, fact, level);
}

async function kept({ run }: RunFact, { exportRun }: RunPorts): Promise<RunExport | undefined> {
  try {
    return await exportRun(run.executionId);
  } catch (error) {
    if (isBridgeError(error) && error.code === "NOT_FOUND") return undefined;
    const sentence = `The history does not give the execution ${run.executionId}.`;
    throw new DeliveryFailure("passing", sentence, { cause: error });
  }
}

/** Reduces a run from the history, whose window may have ended before it could record the end. */
function reducedRun(run: RunExport, fact: RunFact, level: ContentLevel): RunExport {
  const { status, completedAt } = fact.run;
  const end = completedAt === undefined ? {} : { completedAt: isoTime(completedAt) };
  const execution = isFinal(run.execution.status) ? run.execution : { ...run.execution, status, ...end };
  if (level === "all") return { ...run, execution };
  return {
    ...run,
    execution: reducedExecution(execution, fact, level),
    events: run.events.map((event) => reducedEvent(event, fact, level)),
    content: level,
  };
}

function reducedExecution(
  execution: ExecutionRecord,
  { run }: RunFact,
  level: Exclude<ContentLevel, "all">,
): ExecutionRecord {
  const { id, executionId, startedAt, completedAt, status, code, cause, target, queuedAt, windowId } = execution;
  const { sessionId, parentId, executionTimeMs, exitCode, stopReason, outputTruncated, requestedBy } = execution;
  const word = plainWord(stopReason);
  const { output, error, result } = execution;
  return {
    id,
    command: run.command,
    args: [],
    startedAt,
    status,
    output: level === "output" ? output : "",
    target,
    queuedAt,
    windowId,
    contentOmitted: true,
    ...(executionId !== undefined && { executionId }),
    ...(completedAt !== undefined && { completedAt }),
    ...(code !== undefined && { code }),
    ...(cause !== undefined && { cause }),
    ...(sessionId !== undefined && { sessionId: plainId(sessionId) }),
    ...(parentId !== undefined && { parentId }),
    ...(executionTimeMs !== undefined && { executionTimeMs }),
    ...(exitCode !== undefined && { exitCode }),
    ...(word !== undefined && { stopReason: word }),
    ...(outputTruncated !== undefined && { outputTruncated }),
    ...(requestedBy !== undefined && { requestedBy: withoutNames(requestedBy) }),
    ...(level === "output" && error !== undefined && { error }),
    ...(level === "output" && result !== undefined && { result }),
  };
}

/** Reduces a recorded event. Of one that is not known, only what it is and when it was remains. */
function reducedEvent(event: RecordedEvent, fact: RunFact, level: ContentLevel): RecordedEvent {
  const { eventId, timestamp, windowId, windowEventId } = event;
  const head = { eventId, timestamp, windowId, ...(typeof windowEventId === "number" && { windowEventId }) };
  const known = knownEvent(event, head);
  if (known === undefined) return { type: plainWord(event.type) ?? "(unknown)", ...head };
  const reduced = reduceFact({ ...fact, event: known }, level).event;
  return "command" in reduced ? { ...reduced, command: fact.run.command } : { ...reduced };
}

type EventHead = Pick<BridgeEvent, "eventId" | "timestamp" | "windowId" | "windowEventId">;

/** Returns an event with the fields that are known alone; undefined for an event of another version. */
function knownEvent({ type, ...fields }: RecordedEvent, head: EventHead): BridgeEvent | undefined {
  const payload = isKnown(type) ? eventPayloads[type].safeParse(fields).data : undefined;
  if (payload === undefined) return undefined;
  const event: RecordedEvent = { ...payload, type, ...head };
  return isEvent(event) ? event : undefined;
}

function isEvent(event: RecordedEvent): event is RecordedEvent & BridgeEvent {
  return isKnown(event.type) && eventPayloads[event.type].safeParse(event).success;
}

function isKnown(type: string): type is EventType {
  return Object.hasOwn(eventPayloads, type);
}

/** Builds a run of its end alone. */
function runOfEnd({ run, event, at }: RunFact, version: string): RunExport {
  const { executionId: id, queuedAt, startedAt = queuedAt, completedAt = at, windowId, target, status } = run;
  const { errorCode, sessionId, parentId, exitCode, stopReason } = run;
  return {
    format: "kiro-bridge-run",
    formatVersion: 1,
    exportedAt: isoTime(Date.now()),
    versions: { bridge: version, editor: "unknown", node: process.versions.node, platform: process.platform },
    execution: {
      id,
      executionId: id,
      command: run.command,
      args: [],
      startedAt: isoTime(startedAt),
      completedAt: isoTime(completedAt),
      status,
      output: event.type === "command-completed" ? event.output : "",
      target,
      queuedAt: isoTime(queuedAt),
      windowId,
      contentOmitted: true,
      executionTimeMs: Math.max(0, completedAt - startedAt),
      ...(event.type === "command-error" && event.error !== "" && { error: event.error }),
      ...(errorCode !== undefined && { code: errorCode }),
      ...(sessionId !== undefined && { sessionId }),
      ...(parentId !== undefined && { parentId }),
      ...(exitCode !== undefined && { exitCode }),
      ...(stopReason !== undefined && { stopReason }),
    },
    events: [{ ...event }],
    isComplete: false,
  };
}
