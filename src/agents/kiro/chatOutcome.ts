import type { Outcome, RunContext } from "../../core/ports.ts";
import { isBridgeError } from "../../protocol/errors.ts";
import type { Turn } from "../agent.ts";
import type { Session, SessionAnswer } from "../session.ts";

/** The execution, as a turn speaks to it. */
export function turnOf(context: RunContext): Turn {
  return {
    began: () => context.began(),
    output: (text, stream) => context.output(text, stream),
    retract: (length) => context.retract(length),
    toolCall: (call) => context.toolCall(call),
    ask: (question) => context.ask(question),
  };
}

/** The text has gone out already; the result says who spoke, and how it ended. */
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
      ...(isSimulated && { simulated: true }),
    },
    ...(end.exitCode !== undefined && { exitCode: end.exitCode }),
    ...(end.isTruncated === true && { isTruncated: true }),
  };
}

/** What the CLI could not do is an outcome; what the bridge could not do is thrown (docs/wire-contract.md#3-errors). */
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
