import type { Question } from "../../../core/ports.ts";
import type { ReaderEvent } from "./turnReader.ts";

export type QuestionEvent = Extract<ReaderEvent, { kind: "question" }>;

const REFUSAL = "n";
const MEANINGS: Readonly<Record<string, { readonly label: string; readonly kind: string }>> = {
  y: { label: "Yes", kind: "allow_once" },
  n: { label: "No", kind: "reject_once" },
  t: { label: "Trust this tool in this session", kind: "allow_always" },
};

/**
 * Converts a question of the CLI: its keys are the choices, and the rejection is the safe answer
 * (docs/kiro-cli.md#m14).
 */
export function asQuestion({ text, tool, answers }: QuestionEvent): Question {
  return {
    prompt: tool === undefined ? text : `${tool}\n${text}`,
    inputType: "choice",
    choices: [...answers],
    options: answers.map((value) => ({ value, ...(MEANINGS[value] ?? { label: value, kind: "other" }) })),
    safeAnswer: REFUSAL,
  };
}

/** Returns the key to send: the answer if it was offered, else the rejection. */
export function keyFor(answer: string | undefined, answers: readonly string[]): string {
  return answer !== undefined && answers.includes(answer) ? answer : REFUSAL;
}
