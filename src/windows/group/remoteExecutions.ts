import { originOf } from "../../core/executions/executionOrigin.ts";
import type { BridgeError } from "../../protocol/errors.ts";
import type { BridgeEvent, EventPayload } from "../../protocol/events.ts";
import { isEnd } from "../../protocol/events.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { InputRequest } from "../../protocol/input.ts";
import { causeOf } from "../../protocol/unavailable.ts";
import { previewOf } from "../../history/executionPreview.ts";

/** Maximum length of the output of each execution, in characters: its end. Twice as much is kept, to cut it rarely. */
const MAX_TAIL = 32 * 1024;
/** Maximum number of executions. A window limits its own to far fewer. */
const MAX_EXECUTIONS = 10_000;

type BeginEvent = Extract<BridgeEvent, { type: "command-queued" | "command-started" }>;
type QuestionEvent = Extract<BridgeEvent, { type: "user-input-required" }>;

/**
 * The executions that are running in one other window, as its snapshot and its events report them. Bounded: long texts are truncated, and
 * only the end of an output is kept (`contentTruncated`); the window itself has the rest.
 */
export class RemoteExecutions {
  /** Oldest first. */
  readonly #records = new Map<string, ExecutionRecord>();
  /** The last event of the window that is included. */
  #after = 0;

  /** Replaces everything by a snapshot as of the window's event `after`. */
  begin(active: readonly ExecutionRecord[], after: number): void {
    this.#records.clear();
    this.#after = after;
    for (const record of active) this.#set(bounded(record));
  }

  /** Applies an event of the window, unless it is included already. */
  apply(event: BridgeEvent): void {
    const { windowEventId = 0 } = event;
    if (windowEventId <= this.#after) return;
    this.#after = windowEventId;
    if (!("executionId" in event)) return;
    if (isEnd(event)) {
      this.#records.delete(event.executionId);
      return;
    }
    const known = this.#records.get(event.executionId);
    const next = isBegin(event) ? begun(known, event) : known && changed(known, event);
    if (next !== undefined && next !== known) this.#set(next);
  }

  /** Returns the executions that have not ended, oldest first. */
  all(): readonly ExecutionRecord[] {
    return [...this.#records.values()].map(shown);
  }

  get(id: string): ExecutionRecord | undefined {
    const record = this.#records.get(id);
    return record === undefined ? undefined : shown(record);
  }

  has(id: string): boolean {
    return this.#records.has(id);
  }

  /**
   * Removes everything, because the window has ended.
   * @returns the last event of each execution, oldest first
   */
  interruptAll(error: BridgeError): EventPayload[] {
    const ends = [...this.#records.values()].map((record) => interrupted(record, error));
    this.#records.clear();
    return ends;
  }

  #set(record: ExecutionRecord): void {
    if (this.#records.size < MAX_EXECUTIONS || this.#records.has(record.id)) this.#records.set(record.id, record);
  }
}

function isBegin(event: BridgeEvent): event is BeginEvent {
  return event.type === "command-queued" || event.type === "command-started";
}

function begun(known: ExecutionRecord | undefined, event: BeginEvent): ExecutionRecord {
  const { executionId: id, command, timestamp, target = "editor", windowId } = event;
  const isStart = event.type === "command-started";
  return bounded({
    id,
    executionId: id,
    command,
    args: [],
    output: "",
    target,
    queuedAt: timestamp,
    windowId,
    ...originOf(event),
    ...known,
    startedAt: timestamp,
    status: isStart ? "running" : "queued",
    ...(isStart && { args: [...event.args] }),
  });
}

/** Returns the same record if the event changes nothing. */
function changed(record: ExecutionRecord, event: BridgeEvent): ExecutionRecord {
  switch (event.type) {
    case "command-output":
      return event.stream === "stdout" ? withOutput(record, record.output + event.output) : record;
    case "output-retracted":
      return { ...record, output: record.output.slice(0, Math.max(0, record.output.length - event.length)) };
    case "user-input-required":
      return { ...record, status: "waiting-input", pendingInput: questionOf(event) };
    case "input-accepted":
    case "input-expired": {
      const { pendingInput: _answered, ...rest } = record;
      return { ...rest, status: "running" };
    }
    case "wait-changed": {
      const { waitingFor: _before, ...rest } = record;
      const { waitingFor } = event;
      return waitingFor === undefined
        ? { ...rest, status: "running" }
        : { ...rest, status: "waiting-input", waitingFor };
    }
    default:
      return record;
  }
}

function questionOf(event: QuestionEvent): InputRequest {
  const { questionId, prompt, inputType, choices, timestamp, timeoutMs = 0 } = event;
  const expiresAt = new Date(Date.parse(timestamp) + timeoutMs).toISOString();
  return { questionId, prompt, inputType, ...(choices !== undefined && { choices: [...choices] }), expiresAt };
}

function bounded(record: ExecutionRecord): ExecutionRecord {
  const { output, ...rest } = record;
  return withOutput(previewOf({ ...rest, output: "" }), output);
}

function withOutput(record: ExecutionRecord, output: string): ExecutionRecord {
  return output.length <= 2 * MAX_TAIL ? { ...record, output } : withTail({ ...record, output });
}

function withTail(record: ExecutionRecord): ExecutionRecord {
  const { output } = record;
  return output.length <= MAX_TAIL ? record : { ...record, output: output.slice(-MAX_TAIL), contentTruncated: true };
}

function shown(record: ExecutionRecord): ExecutionRecord {
  const tail = withTail(record);
  if (tail.status === "queued") return tail;
  return { ...tail, executionTimeMs: Math.max(0, Date.now() - Date.parse(tail.startedAt)) };
}

function interrupted({ id, requestedBy }: ExecutionRecord, error: BridgeError): EventPayload {
  const principalId = requestedBy?.principal?.id;
  const cause = causeOf(error);
  return {
    type: "command-error",
    executionId: id,
    ...(principalId !== undefined && { principalId }),
    error: error.message,
    errorCode: error.code,
    ...(cause !== undefined && { cause }),
    recoverable: error.recoverable,
    status: "interrupted",
  };
}
