import { isBridgeError } from "../../protocol/errors.ts";
import type { AuditSink } from "../access/audit.ts";
import type { Caller } from "../access/principal.ts";
import { patternText } from "../access/ruleText.ts";
import type { Execution } from "../executions/execution.ts";
import type { PolicyRule } from "./principalRules.ts";

/** Records in the audit log what becomes of the requests of the dispatcher. */
export class ExecutionAudit {
  readonly #audit: AuditSink;

  constructor(audit: AuditSink) {
    this.#audit = audit;
  }

  /** Records a rejection with the command, which the endpoint does not know. @throws what `admit` throws */
  admitted<T>(command: string, { principal: by, via, program }: Caller, admit: () => T): T {
    try {
      return admit();
    } catch (error) {
      if (isBridgeError(error)) {
        this.#audit.note({ kind: "request-refused", by, via, program, what: command, error });
      }
      throw error;
    }
  }

  accepted(execution: Execution, by: Caller, rule: PolicyRule | undefined): void {
    const { id: executionId, task, taskWeight: weight, target } = execution;
    const { command, args, params } = task;
    const ruled = rule && patternText(rule);
    this.#audit.note({
      kind: "execution-accepted",
      by,
      executionId,
      target,
      command,
      args,
      params,
      weight,
      rule: ruled,
    });
  }

  controlled(kind: "cancel-requested" | "input-answered", executionId: string, by: Caller): void {
    this.#audit.note({ kind, by, executionId });
  }

  ended({ id: executionId, task: { command }, requestedBy, status, end: { code }, elapsedMs }: Execution): void {
    const principal = requestedBy?.principal;
    this.#audit.note({ kind: "execution-ended", executionId, command, principal, status, code, elapsedMs });
  }
}
