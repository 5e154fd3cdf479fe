import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type { LentResult } from "../lending.ts";
import type { Message, TurnRequest } from "../turn.ts";
import { labelled } from "./history.ts";
import { lengthOfKnown } from "./transcript.ts";

type Result = Extract<Message, { role: "tool" }>;

/**
 * The results in a request that the last answer has asked for. What the user has added to them reaches the agent with the
 * last one, because a running turn takes nothing else.
 */
export class ResultsOfClient {
  readonly #results: ReadonlyMap<string, Result>;
  readonly #lastId: string | undefined;
  readonly #additions: readonly PromptBlock[];

  /** @param ask adds to a prompt what it has to ask for besides */
  constructor({ messages }: TurnRequest, ask: (content: readonly PromptBlock[]) => readonly PromptBlock[]) {
    const fresh = messages.slice(lengthOfKnown(messages));
    const results = fresh.filter((message) => message.role === "tool");
    this.#results = new Map(results.map((result) => [result.callId, result]));
    this.#lastId = results.at(-1)?.callId;
    const others = fresh.filter(({ role }) => role !== "tool");
    this.#additions = ask(labelled(others, messages));
  }

  /** Returns undefined for a call without a result. */
  of(callId: string): LentResult | undefined {
    const result = this.#results.get(callId);
    if (result === undefined) return undefined;
    const { content, isError } = result;
    return { content: callId === this.#lastId ? [...content, ...this.#additions] : content, isError };
  }
}
