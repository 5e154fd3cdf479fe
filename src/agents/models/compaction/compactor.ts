import { ModelFailure } from "../../../core/models/modelFailure.ts";
import type { ConversationItem, StepRequest, StepUsage } from "../../../core/models/step.ts";
import type { Compaction } from "../../../protocol/agents/agentStep.ts";
import type { OpenConversation } from "../../engines/ports.ts";
import { ContextMeter, type ContextParts } from "./contextMeter.ts";
import { withShortResults } from "./shortening.ts";
import { type RunStep, summaryBlock, summaryOf, withoutSummary } from "./summary.ts";

/** Tokens that are kept for the answer, if the user has set no maximum. */
const ANSWER_TOKENS = 8192;
/** Parts of the context: what may be filled, and what is filled after compaction. */
const DUE = 0.9;
const TARGET = 0.5;
/** Parts of the target: the latest items, which stay as they are, and the summary. */
const KEPT = 0.6;
const SUMMARY = 0.2;
/** Compaction must make a conversation smaller at least by this factor. */
const PROGRESS = 0.9;
/** Attempts without a step between them. */
const MAX_ATTEMPTS = 2;
const LONG_RESULT = 2000;
const SHORT_RESULT = 500;

export interface CompactorOptions {
  /** The context of the model. */
  readonly contextTokens: number;
  readonly maxOutputTokens?: number | undefined;
}

/** A conversation that is to be compacted, for the next step. */
export interface CompactionRequest extends Pick<StepRequest, "model" | "system" | "tools"> {
  readonly conversation: OpenConversation;
  /** `too-long` if the vendor has said so: then the context is smaller than its setting. */
  readonly because: "full" | "too-long";
  readonly step: RunStep;
}

/** Keeps a conversation within the context of its model. One for each agent. */
export class Compactor {
  readonly #meter = new ContextMeter();
  readonly #room: number;
  /** Since the last step. */
  #attempts = 0;

  constructor({ contextTokens, maxOutputTokens = ANSWER_TOKENS }: CompactorOptions) {
    this.#room = contextTokens - Math.min(maxOutputTokens, contextTokens / 4);
  }

  /** Returns true if a conversation must be compacted before the next step. */
  isDue(conversation: OpenConversation, { system, tools }: Pick<ContextParts, "system" | "tools">): boolean {
    if (conversation.isFull) return true;
    return this.#meter.tokens({ system, tools, items: conversation.items }) > this.#room * DUE;
  }

  /** Call it after each step of the conversation. */
  recordStep(request: ContextParts, usage: StepUsage): void {
    this.#attempts = 0;
    this.#meter.record(request, usage);
  }

  /**
   * Shortens the results of earlier tools; if that is not enough, replaces the earlier items by a summary.
   * @throws ModelFailure `too-long` if the conversation cannot be made to fit; whatever a step throws
   */
  async compact(request: CompactionRequest, signal: AbortSignal): Promise<Compaction> {
    const { conversation, because } = request;
    const wasFull = conversation.isFull;
    const tokensBefore = this.#tokens(request);
    this.#attempts += 1;
    if (this.#attempts > MAX_ATTEMPTS) throw doesNotFit(tokensBefore);
    const limit = because === "too-long" ? Math.min(this.#room, tokensBefore) : this.#room;
    const target = (limit - this.#meter.tokens({ ...request, items: [] })) * TARGET;
    await this.#shortenEarlier(conversation, target);
    const isTooLarge = (): boolean => this.#tokensOf(conversation.items) > target || conversation.isFull;
    const droppedItems = isTooLarge() ? await this.#summarize(request, target, signal) : 0;
    if (isTooLarge()) await this.#shortenAll(conversation);
    const tokensAfter = this.#tokens(request);
    const isSmaller = tokensAfter < tokensBefore * PROGRESS || (wasFull && !conversation.isFull);
    if (!isSmaller || tokensAfter > limit * DUE || conversation.isFull) throw doesNotFit(tokensAfter);
    return { droppedItems, tokensBefore, tokensAfter };
  }

  async #shortenEarlier(conversation: OpenConversation, target: number): Promise<void> {
    const kept = this.#keptOf(conversation.items, target);
    const earlier = conversation.items.slice(0, conversation.items.length - kept);
    await rewriteIfShorter(conversation, withShortResults(earlier, LONG_RESULT), kept);
  }

  /** Shortens all results, the latest ones last and least. */
  async #shortenAll(conversation: OpenConversation): Promise<void> {
    const earlier = withShortResults(conversation.items.slice(0, -1), SHORT_RESULT);
    const last = conversation.items.slice(-1);
    const hasResults = last.some(({ role }) => role === "results");
    const all = hasResults ? [...earlier, ...withShortResults(last, LONG_RESULT)] : earlier;
    await rewriteIfShorter(conversation, all, hasResults ? 0 : last.length);
  }

  /** @returns the number of items that are replaced */
  async #summarize(request: CompactionRequest, target: number, signal: AbortSignal): Promise<number> {
    const { conversation, model, step } = request;
    const { items } = conversation;
    const from = items.length - this.#keptOf(items, target);
    const earlier = items.slice(0, from);
    if (earlier.length === 0) return 0;
    const first = items[from];
    // In the middle of a turn, its prompt stays word for word.
    const current = first?.role === "user" ? undefined : earlier.findLast(({ role }) => role === "user");
    const options = {
      model,
      step,
      current,
      partChars: this.#meter.chars(target),
      maxChars: this.#meter.chars(target * SUMMARY),
    };
    const block = summaryBlock(await summaryOf(earlier, options, signal));
    if (first?.role === "user") {
      await conversation.rewrite([{ role: "user", content: [block, ...first.content] }], items.length - from - 1);
    } else {
      const content = current?.role === "user" ? withoutSummary(current.content) : [];
      await conversation.rewrite([{ role: "user", content: [block, ...content] }], items.length - from);
    }
    return from;
  }

  /**
   * Returns the number of latest items that stay as they are: as many turns as there is room for; if the current turn is
   * larger, as many of its steps; at least the latest step, or the prompt. Begins with a prompt or with a step.
   */
  #keptOf(items: readonly ConversationItem[], target: number): number {
    const room = target * KEPT;
    const starts = { user: items.length, assistant: items.length };
    let tokens = 0;
    for (let at = items.length - 1; at >= 0; at--) {
      const item = items[at];
      if (item === undefined) break;
      tokens += this.#tokensOf([item]);
      if (item.role === "results") continue;
      const isLatest = starts.user === items.length && starts.assistant === items.length;
      if (!isLatest && tokens > room) break;
      starts[item.role] = at;
    }
    return items.length - (starts.user < items.length ? starts.user : starts.assistant);
  }

  #tokens({ conversation, system, tools }: CompactionRequest): number {
    return this.#meter.tokens({ system, tools, items: conversation.items });
  }

  #tokensOf(items: readonly ConversationItem[]): number {
    return this.#meter.tokens({ system: "", tools: [], items });
  }
}

async function rewriteIfShorter(
  conversation: OpenConversation,
  earlier: readonly ConversationItem[],
  kept: number,
): Promise<void> {
  if (earlier.some((item, at) => item !== conversation.items[at])) await conversation.rewrite(earlier, kept);
}

function doesNotFit(tokens: number): ModelFailure {
  return new ModelFailure(
    "too-long",
    `The conversation does not fit in the context of the model, even after it was compacted: about ${Math.ceil(tokens)} tokens. Begin a new session, send a shorter prompt, or check contextTokens of the engine.`,
  );
}
