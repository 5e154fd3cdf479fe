import { ModelFailure } from "../../../core/models/modelFailure.ts";

/** No model writes so much in one step: 4 million tokens. */
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** Counts what an answer has, in all of its pieces, and refuses more than an answer can have. */
export class AnswerSize {
  #characters = 0;

  get characters(): number {
    return this.#characters;
  }

  /** @throws ModelFailure `too-large` */
  add(text: string): void {
    this.#characters += text.length;
    if (this.#characters > MAX_CHARACTERS) {
      throw new ModelFailure("too-large", "The answer of the model is larger than the bridge accepts.");
    }
  }
}
