import { type ExecutionRow, MAX_LIVE_OUTPUT } from "../contract/dashboard.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";

/**
 * Maximum length of output sent to the dashboard, in characters: in a list, of a running execution, in the detail view.
 */
const OUTPUT_IN = { list: 300, live: MAX_LIVE_OUTPUT, detail: 256 * 1024 } as const;
const MAX_ARGS = 20;
const LONGEST_ARG = 2000;

/** Converts an execution to a row. The whole record may have megabytes, and a page has hundreds of rows. */
export function rowOf(record: ExecutionRecord, place: keyof typeof OUTPUT_IN): ExecutionRow {
  const {
    id,
    windowId,
    command,
    target,
    status,
    startedAt,
    completedAt,
    executionTimeMs,
    error,
    code,
    cause,
    pendingInput,
    waitingFor,
  } = record;
  const limit = OUTPUT_IN[place];
  const isCut = record.output.length > limit || record.outputTruncated === true;
  return {
    id,
    windowId,
    command,
    args: shortArgs(record.args),
    target,
    status,
    startedAt,
    ...(completedAt !== undefined && { completedAt }),
    ...(executionTimeMs !== undefined && { executionTimeMs }),
    output: place === "list" ? record.output.slice(0, limit) : record.output.slice(-limit),
    ...(isCut && { isOutputCut: true }),
    ...(error !== undefined && { error }),
    ...(code !== undefined && { code }),
    ...(cause !== undefined && { cause }),
    ...(pendingInput !== undefined && { question: pendingInput }),
    ...(waitingFor !== undefined && { waitingFor }),
  };
}

export function shortArgs(args: readonly string[]): string[] {
  return args.slice(0, MAX_ARGS).map((arg) => (arg.length > LONGEST_ARG ? `${arg.slice(0, LONGEST_ARG)}…` : arg));
}
