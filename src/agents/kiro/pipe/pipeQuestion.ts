import type { Question } from "../../../core/ports.ts";
import type { ReaderEvent } from "./turnReader.ts";

export type QuestionEvent = Extract<ReaderEvent, { kind: "question" }>;

const REFUSAL = "n";
const MEANINGS: Readonly<Record<string, { readonly label: string; readonly kind: string }>> = {
  y: { label: "Yes", kind: "allow_once" },
  n: { label: "No", kind: "reject_once" },
  t: { label: "Trust this tool in this session", kind: "allow_always" },
};

/** The CLI's question as people see it: its own keys are the choices, the refusal is the safe answer (docs/kiro-cli.md#m14). */
export function asQuestion({ text, tool, answers }: QuestionEvent): Question {
  return {
    prompt: tool === undefined ? text : `${tool}\n${text}`,
    inputType: "choice",
    choices: [...answers],
    options: answers.map((value) => ({ value, ...(MEANINGS[value] ?? { label: value, kind: "other" }) })),
    safeAnswer: REFUSAL,
  };
}

/** The key to send: one that was offered, else the refusal. */
export function keyFor(answer: string | undefined, answers: readonly string[]): string {
  return answer !== undefined && answers.includes(answer) ? answer : REFUSAL;
}
