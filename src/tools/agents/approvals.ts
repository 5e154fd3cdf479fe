import { SerialQueue } from "../../base/serialQueue.ts";
import { permissionPrompt, type ToolUse } from "../../core/executions/permissionPrompt.ts";
import type { Approval } from "../../core/models/agentSettings.ts";
import type { Question, RunContext } from "../../core/ports.ts";

/** Maximum number of sessions whose approvals are remembered, and of approvals of one. The oldest are forgotten. */
const MAX_SESSIONS = 1000;
const MAX_APPROVALS = 200;

const ALLOW = "Allow";
const ALLOW_FOR_SESSION = "Allow for this session";
const REJECT = "Reject";

/** A call that may need an approval. */
export interface AskedCall extends ToolUse {
  readonly isReadOnly: boolean;
  /** Identifies the calls that an approval for the session covers; undefined if it cannot be for the session. */
  readonly key: string | undefined;
}

/** The approvals of calls by the user, by the setting and by what the user has answered before. */
export class Approvals {
  readonly #setting: () => Approval;
  /** By session and principal: one that shares a session has its own. */
  readonly #allowed = new Map<string, Set<string>>();

  /** @param setting returns the setting, which may change at any time */
  constructor(setting: () => Approval) {
    this.#setting = setting;
  }

  /** Returns the approvals for one turn, whose execution asks one question at a time. */
  forTurn(context: Pick<RunContext, "ask" | "caller">, sessionId: string): TurnApprovals {
    const questions = new SerialQueue();
    const place = JSON.stringify([sessionId, context.caller.principal.id]);
    return {
      isAllowed: async (call, signal) => {
        if (this.#isAllowed(call, place)) return true;
        return questions.run(async () => {
          signal.throwIfAborted();
          // The answer to the question before may cover this call.
          return this.#isAllowed(call, place) || this.#ask(call, context, place);
        });
      },
    };
  }

  async #ask(call: AskedCall, context: Pick<RunContext, "ask">, place: string): Promise<boolean> {
    const answer = await context.ask(questionOf(call));
    if (answer === ALLOW_FOR_SESSION && call.key !== undefined) this.#remember(place, call.key);
    return answer === ALLOW || answer === ALLOW_FOR_SESSION;
  }

  #isAllowed({ isReadOnly, key }: AskedCall, place: string): boolean {
    const setting = this.#setting();
    if (setting === "allow" || (setting === "allowReads" && isReadOnly)) return true;
    return key !== undefined && this.#allowed.get(place)?.has(key) === true;
  }

  #remember(place: string, key: string): void {
    const keys = this.#allowed.get(place) ?? new Set<string>();
    this.#allowed.delete(place);
    this.#allowed.set(place, keys.add(key));
    if (keys.size > MAX_APPROVALS) dropOldest(keys);
    if (this.#allowed.size > MAX_SESSIONS) dropOldest(this.#allowed);
  }
}

export interface TurnApprovals {
  /** Returns true if a call may run, after the user was asked where this is necessary. @throws the signal's reason */
  isAllowed(call: AskedCall, signal: AbortSignal): Promise<boolean>;
}

function questionOf(call: AskedCall): Question {
  const options = [
    { value: ALLOW, label: ALLOW, kind: "allow_once" },
    ...(call.key === undefined ? [] : [{ value: ALLOW_FOR_SESSION, label: ALLOW_FOR_SESSION, kind: "allow_always" }]),
    { value: REJECT, label: REJECT, kind: "reject_once" },
  ];
  return {
    prompt: permissionPrompt(call),
    inputType: "choice",
    choices: options.map(({ value }) => value),
    options,
    safeAnswer: REJECT,
  };
}

function dropOldest(entries: Set<string> | Map<string, unknown>): void {
  const [oldest] = entries.keys();
  if (oldest !== undefined) entries.delete(oldest);
}
