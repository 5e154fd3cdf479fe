import type { LentTools } from "../../../core/commands/turnInput.ts";
import type { Json } from "../../../protocol/values.ts";
import type { TurnUsage } from "../../../protocol/agents/turnUsage.ts";
import type { Turn } from "../../agent.ts";
import { diffsOf } from "./diffs.ts";
import { LentCalls } from "./lentCalls.ts";
import { asQuestion, cancelledOutcome } from "./permission.ts";
import type { Metadata, PermissionRequest, ToolUpdate, Update } from "./wire.ts";

/** Pauses the clock of a turn while a question is open. */
export interface QuestionClock {
  pause(): void;
  resume(): void;
}

/**
 * Dispatches the updates of one turn to its owner: text, tool calls, questions. Questions are asked one by one, because
 * an execution has at most one open question. Ignores everything after `end`.
 */
export class AcpTurn {
  readonly #turn: Turn;
  readonly #clock: QuestionClock;
  readonly #lent: LentCalls;
  readonly #tools = new Map<string, ToolUpdate>();
  readonly #cancelled = Promise.withResolvers<Json>();
  #isCancelling = false;
  #hasEnded = false;
  #isTruncated = false;
  #usage: TurnUsage = {};
  /** Length of the current model response in characters. A turn with tool calls has several responses. */
  #responseLength = 0;
  #lastQuestion: Promise<unknown> = Promise.resolve();

  constructor(turn: Turn, clock: QuestionClock, lent?: LentTools) {
    this.#turn = turn;
    this.#clock = clock;
    this.#lent = new LentCalls(lent);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** True if a part of the answer was too large to be read (docs/kiro-cli.md#m16). */
  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  get usage(): TurnUsage {
    return this.#usage;
  }

  /** Adds the credits of one part of the turn; the latest context counts. */
  meter({ contextUsagePercentage: contextPercent, meteringUsage = [] }: Metadata): void {
    if (this.#hasEnded) return;
    const metered = meteringUsage.filter(({ unit }) => unit === "credit");
    const credits = metered.reduce((sum, { value }) => sum + value, this.#usage.credits ?? 0);
    this.#usage = {
      ...this.#usage,
      ...(metered.length > 0 && { credits }),
      ...(contextPercent !== undefined && { contextPercent }),
    };
  }

  loseText(): void {
    this.#isTruncated = true;
  }

  take(update: Update): void {
    if (this.#hasEnded) return;
    switch (update.kind) {
      case "text":
        this.#responseLength += update.text.length;
        this.#turn.output(update.text);
        return;
      case "tool":
        this.#takeTool(update.tool);
        return;
      case "discarded":
        this.#discard();
        return;
      case "notice":
        this.#turn.output(`${update.text ?? update.name}\n`, "stderr");
        return;
      case "other":
        return;
    }
  }

  /**
   * Asks a question and returns the result of the request. After a cancellation, the result is `cancelled`, also for
   * open questions (docs/kiro-cli.md#43-messages-of-a-turn). Calls of lent tools are allowed without a question.
   */
  async ask(request: PermissionRequest): Promise<Json> {
    const permission = this.#isCancelling ? undefined : this.#permit(request);
    if (permission !== undefined) return permission;
    const before = this.#lastQuestion;
    const answer = before.then(() => this.#askNow(request));
    this.#lastQuestion = answer;
    return await answer;
  }

  /** Reports the call that it allows, which the agent need not have announced. */
  #permit({ toolCall, ...request }: PermissionRequest): Json | undefined {
    const permission = this.#lent.permissionFor({ toolCall, ...request }, this.#tools.get(toolCall.toolCallId));
    if (permission !== undefined) this.#takeTool(toolCall);
    return permission;
  }

  /** Answers all open and later questions with `cancelled`. */
  cancelQuestions(): void {
    this.#isCancelling = true;
    this.#cancelled.resolve(cancelledOutcome);
  }

  end(): void {
    this.#hasEnded = true;
    this.cancelQuestions();
  }

  async #askNow(request: PermissionRequest): Promise<Json> {
    if (this.#isCancelling) return cancelledOutcome;
    const { question, resultFor, refusal } = asQuestion(request, this.#tools.get(request.toolCall.toolCallId));
    this.#clock.pause();
    try {
      const asked = this.#turn.ask(question).then(resultFor, () => (this.#isCancelling ? cancelledOutcome : refusal));
      return await Promise.race([asked, this.#cancelled.promise]);
    } finally {
      this.#clock.resume();
    }
  }

  /** Merges an update, which contains only changes, so that the listener receives the complete tool call. */
  #takeTool(change: ToolUpdate): void {
    const before = this.#tools.get(change.toolCallId);
    const tool: ToolUpdate = {
      toolCallId: change.toolCallId,
      title: change.title ?? before?.title,
      kind: change.kind ?? before?.kind,
      status: change.status ?? before?.status,
      rawInput: change.rawInput ?? before?.rawInput,
      content: undefined,
    };
    // The input of a tool is only needed for a question, and may be a whole file.
    this.#tools.set(change.toolCallId, isOver(tool) ? { ...tool, rawInput: undefined } : tool);
    this.#responseLength = 0;
    const diffs = diffsOf(change.content);
    this.#turn.toolCall({
      toolCallId: tool.toolCallId,
      title: tool.title ?? tool.toolCallId,
      ...(tool.kind !== undefined && { kind: tool.kind }),
      ...(tool.status !== undefined && { status: tool.status }),
      by: this.#lent.has(tool) ? "caller" : "agent",
      ...(diffs !== undefined && { diffs }),
    });
  }

  /** Retracts the text since the last tool call, which the CLI sends again. */
  #discard(): void {
    if (this.#responseLength === 0) return;
    this.#turn.retract(this.#responseLength);
    this.#turn.output("Kiro begins this part of the answer again.\n", "stderr");
    this.#responseLength = 0;
  }
}

function isOver({ status }: ToolUpdate): boolean {
  return status === "completed" || status === "failed";
}
