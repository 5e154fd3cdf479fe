import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { ChatResponse, Json, TraceOptions } from "../../client/index.ts";
import type { Cli, GlobalOptions, Start } from "../cli.ts";
import { readInput } from "../connection/givenToken.ts";
import { type AnswerPolicy, withAnswer } from "../execution/answerPolicy.ts";
import { ExecutionGuard } from "../execution/executionGuard.ts";
import { AnswerPrinter } from "../execution/answerPrinter.ts";
import { exitCodeOfOutcome, noteOutcome } from "../execution/outcome.ts";
import { QuestionDesk } from "../execution/questionDesk.ts";
import { CliFailure, type ExitCode, exitCodes, usageFailure } from "../exitCodes.ts";
import { parseDuration } from "../output/duration.ts";
import { plainLine } from "../output/plainText.ts";
import { placeOf, type PlaceOptions, withPlace } from "./place.ts";
import { traceOf, withTrace } from "./trace.ts";

interface AskOptions extends PlaceOptions, TraceOptions, Partial<GlobalOptions> {
  readonly session?: string;
  readonly target?: string;
  readonly schema?: string;
  readonly timeout?: number;
  readonly answer: AnswerPolicy;
}

export function addAsk(program: Command, start: Start): void {
  const command = program
    .command("ask")
    .description("Send a prompt to Kiro CLI, and print its answer as it comes.")
    .argument("<prompt>", "the prompt; - reads it from stdin")
    .option("--session <name>", "conversation to go on with: default, fresh, or any name")
    .option("--target <agent>", "the agent: kiro, or the ID of a model in the settings")
    .option("--schema <file>", "JSON Schema of the answer: prints JSON that matches it, or fails");
  withTrace(withAnswer(withPlace(command)))
    .option("--timeout <duration>", "the prompt is cancelled after this time: 30s, 5m", parseDuration)
    .addHelpText(
      "after",
      `
Questions, such as whether a tool may run, are asked at the terminal. Where no terminal is,
and with --json, a question that --answer does not answer cancels the prompt (exit code 1).
Ctrl+C cancels the prompt.

On a terminal, the answer is printed as it comes; elsewhere at the end, when it is certain
that Kiro CLI does not take parts of it back.

Examples:
  kiro-bridge ask "What does this project do?"
  kiro-bridge ask "And who calls it?" --session default
  git diff | kiro-bridge ask - --session fresh --answer reject
  kiro-bridge ask "Is this diff safe?" --schema verdict.json --session fresh`,
    )
    .action((prompt: string, options: AskOptions, command: Command) =>
      start(command, async (cli) => await ask(cli, await promptOf(cli, prompt, command), options)),
    );
}

async function promptOf({ interrupts }: Cli, prompt: string, command: Command): Promise<string> {
  if (prompt !== "-") return prompt;
  if (command.optsWithGlobals<GlobalOptions>().tokenStdin === true)
    throw usageFailure("stdin cannot have both the token and the prompt.", "Put the token into KIRO_BRIDGE_TOKEN.");
  const text = await readInput(interrupts.signal);
  if (text.trim() === "") throw usageFailure("There is no prompt on stdin.");
  return text;
}

async function ask(cli: Cli, prompt: string, options: AskOptions): Promise<ExitCode> {
  const schema = options.schema === undefined ? undefined : await readSchema(options.schema);
  const client = await cli.client();
  const guard = new ExecutionGuard(cli, client);
  const desk = new QuestionDesk({ cli, client, guard, policy: options.answer });
  const printer = new AnswerPrinter(cli, schema !== undefined);
  const request = {
    prompt,
    ...(options.session !== undefined && { session: options.session }),
    ...(options.target !== undefined && { target: options.target }),
    ...(schema !== undefined && { schema }),
    ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
    ...placeOf(options),
  };
  cli.out.progress("Kiro is thinking");
  let response: ChatResponse | undefined;
  for await (const event of client.chat(request, { signal: guard.signal, ...traceOf(options) })) {
    if ("executionId" in event) guard.started(event.executionId);
    if (cli.out.isJson) cli.out.jsonLine(event);
    if (event.type === "done") response = event;
    else if (event.type === "question") {
      cli.out.endLine();
      desk.ask(event);
    } else if (event.type === "input-accepted" || event.type === "input-expired") {
      desk.settle(event.questionId, `Answered: ${plainLine(event.inputValue)}`);
    } else printer.print(event);
    await cli.out.caughtUp(guard.signal);
  }
  guard.throwIfFailed();
  if (response === undefined) throw new CliFailure(exitCodes.failed.code, "The answer has no end.");
  printer.end(response);
  return exitCodeOfTurn(cli, response);
}

/** Returns the exit code of a turn, and says why it is no success. */
function exitCodeOfTurn(cli: Cli, { success, executionId, error, code }: ChatResponse): ExitCode {
  if (success) return exitCodes.done.code;
  // A turn that was cancelled has no code.
  const outcome = { status: code === undefined ? "cancelled" : "failed", executionId, error, code };
  noteOutcome(cli, outcome);
  return exitCodeOfOutcome(outcome);
}

/** @throws CliFailure if the file has no JSON object */
async function readSchema(file: string): Promise<Readonly<Record<string, Json>>> {
  try {
    const schema: unknown = JSON.parse(await readFile(file, "utf8"));
    if (isSchema(schema)) return schema;
  } catch (error) {
    throw usageFailure(`The schema cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw usageFailure("The schema is not a JSON object.");
}

function isSchema(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
