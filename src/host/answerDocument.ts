import * as l10n from "@vscode/l10n";
import { translate } from "./language/translate.ts";
import type { Answerable } from "../core/commands/submission.ts";

type AnsweredPrompt = Pick<Answerable, "status" | "output" | "end" | "pendingInput">;

/** Renders a prompt and its answer so far as a Markdown document. */
export function answerDocument(prompt: string, execution: AnsweredPrompt): string {
  const { status, pendingInput: question } = execution;
  const { text: output } = execution.output;
  const { error } = execution.end;
  const parts = [
    quote(prompt),
    ...(output === "" ? [] : [output.trimEnd()]),
    ...(question === undefined ? [] : ["---", quote(`**${l10n.t("Waiting for an answer:")}** ${question.prompt}`)]),
    ...(status === "queued" ? [`*${l10n.t("Waiting in the queue…")}*`] : []),
    ...(status === "running" ? ["…"] : []),
    ...(error === undefined ? [] : ["---", quote(`**${l10n.t("Failed:")}** ${translate(error)}`)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function quote(text: string): string {
  return text
    .trim()
    .split(/\r?\n/)
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");
}
