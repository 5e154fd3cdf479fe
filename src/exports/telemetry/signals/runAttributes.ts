import { agentOfTarget, KIRO } from "../../../core/models/agentChoice.ts";
import type { RunStep, RunSummary } from "../../outbox/fact.ts";
import type { RunContent } from "./runContent.ts";

/** The value of an attribute, in each kind of telemetry. */
type AttributeValue = string | number | boolean | readonly string[] | undefined;
export type RunAttributes = Readonly<Record<string, AttributeValue>>;

/** Returns true for the turn of an agent. */
export function isTurn({ agent, model }: RunSummary): boolean {
  return agent !== undefined || model !== undefined;
}

export function turnName(run: RunSummary): string {
  return `invoke_agent ${agentName(run)}`;
}

/** Returns what has failed: the code of the error, or the status without one. Undefined for a success. */
export function errorTypeOf({ status, errorCode }: RunSummary): string | undefined {
  return status === "failed" || status === "interrupted" ? (errorCode ?? status) : undefined;
}

export function attributesOfRun(run: RunSummary): RunAttributes {
  const { startedAt, queuedAt, usage = {} } = run;
  return {
    "kiro_bridge.execution.id": run.executionId,
    "kiro_bridge.parent.id": run.parentId,
    "kiro_bridge.target": run.target,
    "kiro_bridge.command": run.command,
    "kiro_bridge.status": run.status,
    "kiro_bridge.window.id": run.windowId,
    "kiro_bridge.principal.id": run.principalId,
    "kiro_bridge.origin": run.origin,
    "kiro_bridge.via": run.via,
    "kiro_bridge.queue.wait_ms": startedAt === undefined ? undefined : Math.max(0, startedAt - queuedAt),
    "kiro_bridge.exit_code": run.exitCode,
    "kiro_bridge.cause": run.cause,
    "kiro_bridge.questions": run.questions,
    "kiro_bridge.output.length": run.outputLength,
    "kiro_bridge.output.truncated": run.isOutputTruncated,
    "kiro_bridge.steps.truncated": run.areStepsCut,
    "kiro_bridge.usage.cost": usage["cost"],
    "kiro_bridge.usage.currency": usage["currency"],
  };
}

/** By the conventions of generative AI (docs/exports.md#telemetry). */
export function attributesOfTurn(run: RunSummary, content: RunContent): RunAttributes {
  const { usage = {}, stopReason } = run;
  return {
    "gen_ai.operation.name": "invoke_agent",
    ...agentAttributes(run),
    "gen_ai.conversation.id": run.sessionId,
    "gen_ai.request.model": run.model,
    "gen_ai.response.finish_reasons": stopReason === undefined ? undefined : [stopReason],
    "gen_ai.usage.input_tokens": usage["inputTokens"],
    "gen_ai.usage.output_tokens": usage["outputTokens"],
    "gen_ai.usage.cache_read.input_tokens": usage["cachedInputTokens"],
    "gen_ai.input.messages": messageOf("user", content.input),
    "gen_ai.output.messages": messageOf("assistant", content.output, stopReason),
    "kiro_bridge.stop_reason": stopReason,
  };
}

export function attributesOfStep(run: RunSummary, step: RunStep): RunAttributes {
  const provider = agentAttributes(run)["gen_ai.provider.name"];
  if (step.kind === "model-step")
    return {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": provider,
      "gen_ai.request.model": step.name,
      "gen_ai.conversation.id": run.sessionId,
      "kiro_bridge.status": step.status,
    };
  return {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.provider.name": provider,
    "gen_ai.tool.name": step.name,
    "gen_ai.tool.type": "function",
    "gen_ai.tool.call.id": step.id,
    "kiro_bridge.status": step.status,
    "kiro_bridge.child.execution.id": step.childId,
  };
}

/** Describes the agent of a turn. */
export function agentAttributes(run: RunSummary): {
  readonly [Name in "gen_ai.provider.name" | "gen_ai.agent.name"]: string;
} {
  return {
    "gen_ai.provider.name": isKiroCli(run) ? "kiro" : "kiro_bridge",
    "gen_ai.agent.name": agentName(run),
  };
}

/** Returns true for a run of Kiro CLI, which is a process of its own. */
export function isKiroCli({ target }: RunSummary): boolean {
  return agentOfTarget(target) === KIRO;
}

/** Names an agent as clients do. */
function agentName({ agent, target }: RunSummary): string {
  return agentOfTarget(agent ?? target);
}

/** Writes one message, as the schemas of the conventions want it. */
function messageOf(role: string, text: string | undefined, finishReason?: string): string | undefined {
  if (text === undefined) return undefined;
  const message = { role, parts: [{ type: "text", content: text }] };
  return JSON.stringify([role === "assistant" ? { ...message, finish_reason: finishReason ?? "stop" } : message]);
}
