import type { TextScan } from "./textScan.ts";

/** Returns the end of a secret that continues at `from`: the length of the text if the end is not reached. */
export type Rest = (text: string, from: number) => number;

/** A secret, or text that becomes one if it continues in the next chunk. */
export type Finding =
  | {
      readonly kind: "secret";
      readonly start: number;
      readonly end: number;
      /** Set if the secret continues when more text follows its end. */
      readonly rest?: Rest;
    }
  /** Undecided: the text ends before the minimum length or the closing character. */
  | { readonly kind: "open"; readonly start: number };

/**
 * Examines the text behind a trigger.
 * @param at the position of the trigger
 * @param tail the position after it
 */
export type Detector = (scan: TextScan, at: number, tail: number) => Finding | readonly Finding[] | undefined;

/** Maximum length of text that stays undecided. Longer text counts as a secret. */
export const MAX_OPEN = 4096;
