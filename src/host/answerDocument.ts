import type { Execution } from "../core/executions/execution.ts";

/** One prompt with its answer, as a Markdown document that grows with it. */
export function answerDocument(prompt: string, execution: Pick<Execution, "response" | "pendingInput">): string {
  const { output, error, status } = execution.response();
  const question = execution.pendingInput;
  const parts = [
    quote(prompt),
    ...(output === "" ? [] : [output.trimEnd()]),
    ...(question === undefined ? [] : ["---", quote(`**Waiting for an answer:** ${question.prompt}`)]),
    ...(status === "queued" ? ["*Waiting in the queue…*"] : []),
    ...(status === "running" ? ["…"] : []),
    ...(error === undefined ? [] : ["---", quote(`**Failed:** ${error}`)]),
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
