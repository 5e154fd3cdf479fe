import { type Command, Option } from "commander";
import type { PendingInput } from "../../client/index.ts";

/** A question of an execution. */
export interface Question extends Pick<PendingInput, "questionId" | "prompt" | "inputType" | "options"> {
  readonly executionId: string;
  readonly choices?: readonly string[] | undefined;
}

/** The answers of `--answer` that are not texts. */
const policies = ["ask", "allow", "reject"] as const;
type Policy = (typeof policies)[number];

/** The meaning of `--answer`: ask the user, decide by the kind of the choices, or give this answer. */
export type AnswerPolicy = { readonly kind: Policy } | { readonly kind: "text"; readonly text: string };

function answerPolicy(text: string): AnswerPolicy {
  const kind = policies.find((policy) => policy === text);
  return kind === undefined ? { kind: "text", text } : { kind };
}

/** Returns the answer that a policy gives; undefined if it gives none to this question. */
export function answerBy(policy: AnswerPolicy, question: Question): string | undefined {
  switch (policy.kind) {
    case "ask":
      return undefined;
    case "text":
      return accepts(question, policy.text) ? policy.text : undefined;
    default:
      return decided(question, policy.kind);
  }
}

/** Once is preferred to always: the policy is for this run only. */
function decided({ inputType, options = [] }: Question, kind: "allow" | "reject"): string | undefined {
  if (inputType === "confirmation") return kind === "allow" ? "yes" : "no";
  const wanted = [`${kind}_once`, `${kind}_always`];
  return wanted.flatMap((name) => options.filter((option) => option.kind === name))[0]?.value;
}

const CONFIRMATIONS = /^(?:yes|no|y|n|true|false)$/i;

/** True if the bridge accepts such an answer (docs/wire-contract.md#47-input). */
export function accepts({ inputType, choices }: Pick<Question, "inputType" | "choices">, answer: string): boolean {
  if (inputType === "confirmation") return CONFIRMATIONS.test(answer.trim());
  return choices === undefined ? answer.trim() !== "" : choices.includes(answer);
}

/** Adds the option that answers questions. */
export function withAnswer(command: Command): Command {
  const option = new Option("--answer <answer>", "answer to questions: ask, allow, reject, or a text");
  return command.addOption(option.argParser(answerPolicy).default({ kind: "ask" }, "ask"));
}
