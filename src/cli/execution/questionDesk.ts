import { createInterface } from "node:readline/promises";
import { isKiroBridgeError, type KiroBridgeClient } from "../../client/index.ts";
import type { Cli } from "../cli.ts";
import { CliFailure, exitCodes } from "../exitCodes.ts";
import { plainText } from "../output/plainText.ts";
import { accepts, type AnswerPolicy, answerBy, type Question } from "./answerPolicy.ts";
import type { ExecutionGuard } from "./executionGuard.ts";

export interface QuestionDeskDeps {
  readonly cli: Cli;
  readonly client: KiroBridgeClient;
  readonly guard: ExecutionGuard;
  readonly policy: AnswerPolicy;
}

/** Answers the questions of one execution: by the policy of the user, or by the user at the terminal. */
export class QuestionDesk {
  readonly #deps: QuestionDeskDeps;
  /** The question that the user is asked at the moment. */
  #open: { readonly questionId: string; readonly controller: AbortController } | undefined;

  constructor(deps: QuestionDeskDeps) {
    this.#deps = deps;
  }

  /** Begins to answer a question. A failure ends the execution and its wait. */
  ask(question: Question): void {
    this.#deps.cli.out.endProgress();
    this.#answer(question).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const failure = error instanceof CliFailure ? error : new CliFailure(exitCodes.failed.code, message);
      void this.#deps.guard.fail(failure);
    });
  }

  /** Says that a question has its answer, perhaps by someone else. */
  settle(questionId: string, note: string): void {
    if (this.#open?.questionId !== questionId) return;
    this.#open.controller.abort();
    this.#open = undefined;
    const { out } = this.#deps.cli;
    out.note("");
    out.note(out.noteStyle.dim(note));
  }

  async #answer(question: Question): Promise<void> {
    const { client, policy } = this.#deps;
    const { executionId, questionId, inputType } = question;
    const known = policy.kind === "ask" ? question : await this.#withOptions(question);
    const value = answerBy(policy, known) ?? (await this.#askUser(known));
    if (value === undefined) return;
    try {
      await client.input({ executionId, questionId, type: inputType, value });
    } catch (error) {
      // Someone else was faster.
      if (!isKiroBridgeError(error) || error.code !== "CONFLICT") throw error;
    }
  }

  /** Events have the choices of a question only, its execution also their meanings. */
  async #withOptions(question: Question): Promise<Question> {
    const { pendingInput } = await this.#deps.client.executions.get(question.executionId);
    const isSame = pendingInput?.questionId === question.questionId;
    return isSame ? { ...question, options: pendingInput.options } : question;
  }

  /** @returns undefined if the answer is not wanted any longer */
  async #askUser(question: Question): Promise<string | undefined> {
    if (!process.stdin.isTTY || !process.stderr.isTTY || this.#deps.cli.out.isJson)
      throw unanswered(question, this.#deps.policy);
    const { cli } = this.#deps;
    const controller = new AbortController();
    this.#open = { questionId: question.questionId, controller };
    const signal = AbortSignal.any([controller.signal, cli.interrupts.signal]);
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    // The terminal is in raw mode, and reports Ctrl+C as input.
    lines.on("SIGINT", () => cli.interrupts.interrupt());
    lines.on("close", () => {
      if (this.#open?.controller === controller) cli.interrupts.interrupt();
    });
    try {
      cli.out.note(shownQuestion(question, cli.out.noteStyle));
      for (;;) {
        const answer = chosen(question, await lines.question(promptOf(question), { signal }));
        if (accepts(question, answer)) return answer;
        cli.out.note(cli.out.noteStyle.yellow("That is not one of the answers."));
      }
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      this.#open = undefined;
      lines.close();
    }
  }
}

function shownQuestion({ prompt, choices = [] }: Question, { bold, cyan }: Cli["out"]["noteStyle"]): string {
  const lines = choices.map((choice, at) => `  ${cyan(String(at + 1))}) ${plainText(choice)}`);
  return [`${cyan("?")} ${bold(plainText(prompt))}`, ...lines].join("\n");
}

function promptOf({ inputType, choices }: Question): string {
  if (choices !== undefined) return `Choose 1 to ${choices.length}: `;
  return inputType === "confirmation" ? "yes or no: " : "Answer: ";
}

/** Translates the number of a choice. */
function chosen({ choices }: Question, typed: string): string {
  const text = typed.trim();
  return (/^\d{1,4}$/.test(text) ? choices?.[Number(text) - 1] : undefined) ?? (choices === undefined ? typed : text);
}

function unanswered({ prompt, choices }: Question, policy: AnswerPolicy): CliFailure {
  const lines = prompt.split("\n").map((line) => line.trim());
  const offered = choices === undefined ? "" : ` (${choices.join(" | ")})`;
  const why = policy.kind === "ask" ? "there is no terminal to ask at" : "--answer does not fit it";
  return new CliFailure(
    exitCodes.failed.code,
    `It has a question, and ${why}: ${lines.join(" ")}${offered}`,
    "It was cancelled. Run it in a terminal without --json, or say --answer allow, --answer reject, or --answer with the text of the answer.",
  );
}
