import { onAbort } from "../../base/abort.ts";
import type { Caller } from "../../core/access/principal.ts";
import { ScopeSet } from "../../core/access/scopes.ts";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import { isBridgeError } from "../../protocol/errors.ts";
import { type BridgeEvent, isEnd } from "../../protocol/events.ts";
import { answerTo } from "../../protocol/input.ts";
import type { DestinationPorts } from "../ports.ts";

export interface QuestionDeps {
  readonly dispatcher: Pick<Dispatcher, "answer">;
  readonly executions: Pick<ExecutionLog, "get">;
  readonly events: Pick<EventLog, "onDidAppend">;
}

/**
 * Lets a destination answer the questions of executions of this window, as each client answers them: the value is checked, the
 * user's lists of commands apply, and the audit log says that it was the destination.
 */
export function questionPorts(
  { dispatcher, executions, events }: QuestionDeps,
  name: string,
): Pick<DestinationPorts, "answer" | "watchQuestion"> {
  const caller = callerOf(name);
  const openQuestion = (executionId: string, questionId: string) => {
    const pending = executions.get(executionId)?.pendingInput;
    return pending?.questionId === questionId ? pending : undefined;
  };
  return {
    answer: async (executionId, questionId, inputValue) => {
      const inputType = openQuestion(executionId, questionId)?.inputType ?? "text";
      try {
        dispatcher.answer(answerTo(executionId, { questionId, inputType }, inputValue), caller);
        return undefined;
      } catch (error) {
        if (isBridgeError(error)) return error.message;
        throw error;
      }
    },
    watchQuestion: (executionId, questionId, signal) => {
      if (signal.aborted || openQuestion(executionId, questionId) === undefined) return undefined;
      const closed = new AbortController();
      const listening = events.onDidAppend((event) => {
        if (closes(event, executionId, questionId)) closed.abort();
      });
      onAbort(signal, () => void listening.dispose());
      return closed.signal;
    },
  };
}

function callerOf(name: string): Caller {
  const scopes = new ScopeSet(["history:read", "inputs:answer"]);
  const principal = {
    id: `export:${name}`,
    name: `export:${name}`,
    kind: "service",
    scopes,
    limits: {},
    isActive: true,
  } as const;
  return { principal, via: "export" };
}

function closes(event: BridgeEvent, executionId: string, questionId: string): boolean {
  if (!("executionId" in event) || event.executionId !== executionId) return false;
  const isAnswered = event.type === "input-accepted" || event.type === "input-expired";
  return isEnd(event) || (isAnswered && event.questionId === questionId);
}
