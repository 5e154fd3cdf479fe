import { type JsonFinding, findJsonIn, type JsonWish } from "../../../server/chat/jsonWish.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { StopReason, ToolUse } from "../turn.ts";
import { AnswerText, type AnswerTextOptions, type Cut, MAX_ANSWER_BYTES } from "./answerText.ts";
import { newCallId } from "../tools/callDesk.ts";
import { newId } from "../windowIds.ts";
import { type LastPiece, Segment } from "./segment.ts";
import { tokensOf } from "./tokens.ts";
import type { ReportedUsage } from "./turnOutcome.ts";

/** An answer that must be JSON. */
export interface WantedJson extends JsonWish {
  /** The tool of the client that the JSON is the arguments of. Default: the JSON is the answer. */
  readonly tool: string | undefined;
}

export interface ReplyOptions extends AnswerTextOptions {
  readonly windowId: string;
  readonly showsActivity: boolean;
  /** Estimated tokens of the request. */
  readonly inputTokens: number;
  readonly json: WantedJson | undefined;
  /** Maximum number of calls at its end. Default: no limit. */
  readonly maxCalls?: number | undefined;
  /**
   * Called before readers get the last piece.
   * @param isWhole true if readers have got what the agent remembers
   */
  readonly onLast: (reply: Reply, last: LastPiece, isWhole: boolean) => void;
}

/** The response to one request while it is made, from the output of an agent. */
export class Reply {
  readonly id: string;
  readonly createdAt = Date.now();
  readonly segment = new Segment();
  readonly #options: ReplyOptions;
  readonly #text: AnswerText;
  /** The answer so far, of which readers get the JSON alone. */
  #jsonText = "";
  #calls: readonly ToolUse[] = [];
  #reported: ReportedUsage = {};

  constructor(options: ReplyOptions) {
    this.#options = options;
    this.id = newId(options.windowId);
    this.#text = new AnswerText(this.segment, options);
  }

  get inputTokens(): number {
    return this.#options.inputTokens;
  }

  get maxCalls(): number {
    return this.#options.maxCalls ?? Infinity;
  }

  /** The calls at its end. */
  get calls(): readonly ToolUse[] {
    return this.#calls;
  }

  /** @returns why the answer ends here, if it does */
  append(text: string): Cut | undefined {
    if (this.#options.json === undefined) return this.#text.append(text);
    this.#jsonText += text;
    return this.#jsonText.length > MAX_ANSWER_BYTES ? { reason: "length" } : undefined;
  }

  retract(length: number): void {
    if (this.#options.json === undefined) this.#text.retract(length);
    else this.#jsonText = this.#jsonText.slice(0, Math.max(0, this.#jsonText.length - length));
  }

  activity(text: string): void {
    if (this.#options.showsActivity && this.segment.length < MAX_ANSWER_BYTES) {
      this.segment.add({ type: "activity", text });
    }
  }

  /** Ends it with calls that the client must answer. */
  endWithCalls(calls: readonly ToolUse[]): void {
    this.#text.append(this.#jsonText);
    this.#text.flush();
    this.#addCalls(calls);
    this.#end("tool-use", { isWhole: true });
  }

  /** Ends it before the agent has ended its turn. */
  cut(cut: Cut): void {
    const stopSequence = cut.reason === "stop-sequence" ? { stopSequence: cut.sequence } : {};
    this.#end(cut.reason, { isWhole: false, ...stopSequence });
  }

  /** Ends it with the turn of the agent. @param reported the cost of the turn, as its agent reports it */
  async complete(stopReason: StopReason, reported: ReportedUsage): Promise<void> {
    this.#reported = reported;
    const { json } = this.#options;
    if (json === undefined) {
      const cut = this.#text.flush();
      // A refused prompt is no part of what the agent remembers.
      if (cut === undefined) this.#end(stopReason, { isWhole: stopReason !== "refusal" });
      else this.cut(cut);
    } else this.#endWithJson(await findJsonIn(this.#jsonText, json), json.tool, stopReason);
  }

  fail(error: BridgeError, hasBegun: boolean): void {
    this.#text.flush();
    this.#finish({ type: "failed", error, hasBegun }, false);
  }

  #endWithJson(finding: JsonFinding, tool: string | undefined, stopReason: StopReason): void {
    if (!("json" in finding)) {
      this.fail(new BridgeError("INTERNAL_ERROR", finding.error, { reason: "no_json" }), true);
      return;
    }
    const text = JSON.stringify(finding.json);
    if (tool === undefined) this.#text.append(text);
    else this.#addCalls([{ id: newCallId(this.#options.windowId), name: tool, arguments: text }]);
    this.#text.flush();
    this.#end(tool === undefined ? stopReason : "tool-use", { isWhole: stopReason !== "refusal" });
  }

  #addCalls(calls: readonly ToolUse[]): void {
    this.#calls = calls;
    this.segment.add({ type: "calls", calls });
  }

  #end(
    stopReason: StopReason,
    { isWhole, stopSequence }: { readonly isWhole: boolean; readonly stopSequence?: string },
  ): void {
    const ofCalls = this.#calls.map((call) => tokensOf(call.name + call.arguments));
    const outputTokens = ofCalls.reduce((total, tokens) => total + tokens, this.#text.tokens);
    const usage = { inputTokens: this.inputTokens, outputTokens, ...this.#reported };
    const found = stopSequence === undefined ? {} : { stopSequence };
    this.#finish({ type: "end", stopReason, ...found, usage }, isWhole && this.#text.isFaithful);
  }

  #finish(last: LastPiece, isWhole: boolean): void {
    this.#options.onLast(this, last, isWhole);
    this.segment.add(last);
  }
}
