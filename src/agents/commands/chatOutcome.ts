import type { AgentTools } from "../../core/models/agentTools.ts";
import type { Outcome, RunContext } from "../../core/ports.ts";
import { isBridgeError } from "../../protocol/errors.ts";
import type { Turn } from "../agent.ts";
import type { Session } from "../session.ts";
import type { SessionAnswer } from "../sessionAnswer.ts";

/** Adapts an execution to the callbacks of a turn. */
export function turnOf(context: RunContext, tools?: AgentTools): Turn {
  return {
    executionId: context.executionId,
    principalId: context.caller.principal.id,
    ...(tools !== undefined && { tools }),
    began: () => context.began(),
    output: (text, stream) => context.output(text, stream),
    retract: (length) => context.retract(length),
    toolCall: (call) => context.toolCall(call),
    step: (step) => context.step(step),
    compacted: (compaction) => context.compacted(compaction),
    park: (isParked) => context.park(isParked),
    ask: (question) => context.ask(question),
  };
}

/** Returns the result of a turn: the session, and how the turn ended. The text was already sent as output. */
export function outcomeOf(answer: SessionAnswer, session: Session | undefined, isSimulated: boolean): Outcome {
  const { end, transport, isNewConversation } = answer;
  if (end.kind === "cancelled") return { kind: "cancelled", how: end.how };
  return {
    kind: "completed",
    stopReason: end.stopReason,
    result: {
      stopReason: end.stopReason,
      ...(session !== undefined && { sessionId: session.id, session: session.name }),
      ...(transport !== undefined && { transport }),
      isNewConversation,
      ...end.usage,
      ...(isSimulated && { simulated: true }),
    },
    ...(end.exitCode !== undefined && { exitCode: end.exitCode }),
    ...(end.isTruncated === true && { isTruncated: true }),
  };
}

/** Converts a failure of the agent to an outcome. Failures of the bridge are thrown (docs/wire-contract.md#3-errors). */
export function failedOutcome(error: unknown): Outcome {
  if (!isBridgeError(error) || error.code !== "COMMAND_EXECUTION_FAILED") throw error;
  const exitCode = error.context?.["exitCode"];
  return {
    kind: "failed",
    error: error.message,
    code: error.code,
    ...(typeof exitCode === "number" && { exitCode }),
  };
}
