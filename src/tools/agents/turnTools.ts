import { abortable } from "../../base/deadline.ts";
import type { Logger } from "../../base/logger.ts";
import type { Caller } from "../../core/access/principal.ts";
import { Lane, type Turn } from "../../core/commands/lane.ts";
import { nestedCommands } from "../../core/commands/nestedCommands.ts";
import { subjectOf } from "../../core/commands/policy.ts";
import type { LimitedPrincipal } from "../../core/commands/principalLoads.ts";
import type { AgentTool, AgentTools } from "../../core/models/agentTools.ts";
import type { CallPart, CallResult } from "../../core/models/step.ts";
import type { RunContext, ToolCall as ToolCallEvent } from "../../core/ports.ts";
import { isFinal } from "../../protocol/executionStatus.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import { toBridgeError } from "../../server/http/errorHandler.ts";
import type { CoreDeps } from "../../server/serverModule.ts";
import type { Windows } from "../../server/windows/windows.ts";
import type { Runs } from "../runs/runs.ts";
import { readOnlyCommands } from "../table/editorTools.ts";
import { AskFirst, type RunCall, type ToolCall } from "../table/toolCall.ts";
import type { ToolDefinition, ToolRequest } from "../table/toolDefinition.ts";
import type { AskedCall, TurnApprovals } from "./approvals.ts";
import { argumentsOf, resultOf } from "./callText.ts";

/** Maximum number of calls of one turn that run at once; the others wait. */
const MAX_CALLS = 8;
/** The only principal of the lane of a turn, without limits of its own. */
const model: LimitedPrincipal = { id: "model", kind: "owner", limits: {} };

export interface TurnToolsDeps {
  readonly dispatcher: Pick<CoreDeps["dispatcher"], "assertMayRun">;
  readonly runs: Runs;
  readonly windows: Windows;
  /** The ID of this window. */
  readonly windowId: string;
  readonly approvals: TurnApprovals;
  readonly logger: Logger;
}

/** The turn that uses the tools. */
export interface ToolTurn {
  readonly context: Pick<RunContext, "toolCall">;
  /** The agent in the execution of the turn. */
  readonly caller: Caller;
  readonly agent: string;
  readonly tools: readonly ToolDefinition[];
}

/** Reports a step of a call. */
type Report = (step: Partial<ToolCallEvent>) => void;

/** A call with arguments that its tool accepts. */
interface Prepared {
  readonly call: CallPart;
  readonly tool: ToolDefinition;
  readonly args: object;
  /** Undefined for a tool that runs no command. */
  readonly request: ToolRequest | undefined;
  readonly title: string;
  readonly kind: string;
  readonly isReadOnly: boolean;
}

/** The tools of the bridge for one turn of a model. */
export class TurnTools implements AgentTools {
  readonly list: readonly AgentTool[];
  readonly #deps: TurnToolsDeps;
  readonly #turn: ToolTurn;
  readonly #byName: ReadonlyMap<string, ToolDefinition>;
  readonly #lane = new Lane({ concurrency: MAX_CALLS, maxQueued: Number.POSITIVE_INFINITY });

  constructor(deps: TurnToolsDeps, turn: ToolTurn) {
    this.#deps = deps;
    this.#turn = turn;
    this.#byName = new Map(turn.tools.map((tool) => [tool.name, tool]));
    this.list = turn.tools.map(({ name, description, input, hints }) => ({
      name,
      description,
      parameters: input,
      isReadOnly: hints.isReadOnly,
    }));
  }

  async call(call: CallPart, signal: AbortSignal): Promise<CallResult> {
    signal.throwIfAborted();
    const tool = this.#byName.get(call.name);
    if (tool === undefined) return resultOf(call, `There is no tool "${call.name.slice(0, 200)}".`, true);
    const { promise, resolve } = Promise.withResolvers<void>();
    const slot: Turn = { executionId: call.id, principal: model, begin: resolve };
    this.#lane.enter(slot);
    try {
      await abortable(promise, signal);
      return await this.#run(call, tool, signal);
    } finally {
      this.#lane.leave(slot);
    }
  }

  async #run(call: CallPart, tool: ToolDefinition, signal: AbortSignal): Promise<CallResult> {
    let shown: ToolCallEvent = { toolCallId: call.id, title: tool.title, by: "agent" };
    const { context } = this.#turn;
    const report: Report = (step) => context.toolCall((shown = { ...shown, ...step }));
    try {
      const prepared = prepare(call, tool);
      report({ title: prepared.title, kind: prepared.kind, status: "pending" });
      const result = await this.#result(prepared, report, signal);
      report({ status: result.isError ? "failed" : "completed" });
      return result;
    } catch (error) {
      report({ status: "failed" });
      signal.throwIfAborted();
      return resultOf(call, toBridgeError(error, this.#deps.logger).message, true);
    }
  }

  async #result(prepared: Prepared, report: Report, signal: AbortSignal): Promise<CallResult> {
    const { call, tool, args, request } = prepared;
    // What the policy refuses is not worth a question.
    if (request !== undefined) this.#deps.dispatcher.assertMayRun(request.request, this.#turn.caller);
    const asked = askedCall(this.#turn.agent, prepared);
    if (!(await abortable(this.#deps.approvals.isAllowed(asked, signal), signal)))
      return resultOf(call, "Not run: the user has not allowed this call.", true);
    report({ status: "in_progress" });
    const outcome = await tool.call(args, this.#toolCall(report, signal));
    if (outcome instanceof AskFirst) throw new Error("A model is never asked first.");
    return resultOf(call, outcome.text ?? JSON.stringify(outcome.structured), outcome.isError === true);
  }

  #toolCall(report: Report, signal: AbortSignal): ToolCall {
    const { windows, windowId } = this.#deps;
    const { caller } = this.#turn;
    const call: RunCall = { windows, caller, signal };
    return {
      ...call,
      defaultPlace: () => ({ windowId }),
      progress: { isWanted: false, report: () => undefined },
      asking: {
        executionId: undefined,
        settle: (executionId) => {
          report({ childId: executionId });
          return this.#settled(call, executionId);
        },
      },
      addressOf: () => undefined,
    };
  }

  /** Waits for the end of an execution: the user, or another program, answers its questions. */
  async #settled(call: RunCall, executionId: string): Promise<ExecutionRecord> {
    for (let seen: string | undefined; ; ) {
      const record = await this.#deps.runs.whenSettled(call, executionId, seen);
      if (isFinal(record.status)) return record;
      seen = record.pendingInput?.questionId;
    }
  }
}

/** @throws BridgeError VALIDATION_FAILED */
function prepare(call: CallPart, tool: ToolDefinition): Prepared {
  const args = argumentsOf(call);
  const request = tool.requestOf(args);
  const isReadOnly = tool.hints.isReadOnly || readOnlyCommands.has(request?.request.command ?? "");
  const title = request?.title ?? tool.title;
  return { call, tool, args, request, title, kind: kindOf(tool, isReadOnly), isReadOnly };
}

function askedCall(agent: string, { tool, args, request: ran, title, kind, isReadOnly }: Prepared): AskedCall {
  const command = ran?.request.command ?? "";
  const isNested = ran !== undefined && nestedCommands(subjectOf(ran.request, command)).length > 0;
  const input = `${tool.name} ${JSON.stringify(args)}`;
  return { agent, title, kind, input, isReadOnly, key: isNested ? undefined : `${tool.name} ${command}` };
}

/** Returns the kind of a tool, by the names of ACP. */
function kindOf({ hints }: ToolDefinition, isReadOnly: boolean): string {
  if (isReadOnly) return "read";
  return hints.isOpenWorld ? "execute" : "edit";
}
