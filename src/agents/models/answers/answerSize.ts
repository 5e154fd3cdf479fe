import type { VendorFailures } from "../failures/vendorFailures.ts";

/** No model writes so much in one step: 4 million tokens. */
const MAX_CHARACTERS = 16 * 1024 * 1024;
const MAX_PARTS = 1000;

/** Counts what an answer has, in all of its pieces, and refuses more than an answer can have. */
export class AnswerSize {
  readonly #failures: VendorFailures;
  #characters = 0;
  #parts = 0;

  constructor(failures: VendorFailures) {
    this.#failures = failures;
  }

  get characters(): number {
    return this.#characters;
  }

  /** Counts a call or another part. @throws ModelFailure `too-large` */
  addPart(): void {
    this.#parts += 1;
    if (this.#parts > MAX_PARTS) throw this.#failures.ofSize();
  }

  /** @throws ModelFailure `too-large` */
  add(text: string): void {
    this.#characters += text.length;
    if (this.#characters > MAX_CHARACTERS) throw this.#failures.ofSize();
  }
}
