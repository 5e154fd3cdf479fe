import type { LentTools, ReadyAgent, TurnInput } from "../commands/turnInput.ts";
import type { ModelCall } from "../models/modelCall.ts";
import type { PromptBlock } from "../models/promptBlock.ts";
import { weightOf } from "./weight.ts";

/**
 * The input of a gateway for one prompt, or for one call of a model. Its content may be megabytes, and so may the answer that
 * its callback leads to. They are only held until the prompt was sent, or the call has ended: the task, which is kept as long
 * as its execution, holds this instead.
 */
export class HeldTurn {
  readonly model: string | undefined;
  #call: ModelCall | undefined;
  #tools: LentTools | undefined;
  #onReady: TurnInput["onReady"];
  #content: readonly PromptBlock[];
  #recall: readonly PromptBlock[] | undefined;
  #weight: number;

  constructor({ content, recall, model, tools, call, onReady }: TurnInput) {
    this.model = model;
    this.#call = call;
    this.#tools = tools;
    this.#onReady = onReady;
    this.#content = content;
    this.#recall = recall;
    this.#weight = weightOf(content) + weightOfOptional(recall) + weightOfOptional(call);
  }

  /** Undefined for a prompt, and once it was released. */
  get call(): ModelCall | undefined {
    return this.#call;
  }

  /** Undefined once it was released. */
  get tools(): LentTools | undefined {
    return this.#tools;
  }

  /** In characters; 0 once it was released. */
  get weight(): number {
    return this.#weight;
  }

  /** Returns what to send to an agent, nothing once it was released. @param isNewConversation see `ReadyAgent` */
  contentFor(isNewConversation: boolean): readonly PromptBlock[] {
    return isNewConversation ? (this.#recall ?? this.#content) : this.#content;
  }

  /** Does nothing once it was released. @throws whatever the gateway throws, to end the execution before its prompt is sent */
  tellReady(agent: ReadyAgent): void {
    this.#onReady?.(agent);
  }

  /** Drops everything but the model. @returns its weight, 0 if it was released before */
  release(): number {
    const weight = this.#weight;
    this.#weight = 0;
    this.#content = [];
    this.#recall = undefined;
    this.#call = undefined;
    this.#tools = undefined;
    this.#onReady = undefined;
    return weight;
  }
}

function weightOfOptional(value: unknown): number {
  return value === undefined ? 0 : weightOf(value);
}
