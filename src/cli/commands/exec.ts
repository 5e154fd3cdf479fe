import { type Command, InvalidArgumentError } from "commander";
import type {
  CommandExecution,
  ExecuteCommandRequest,
  Json,
  KiroBridgeClient,
  TraceOptions,
} from "../../client/index.ts";
import type { Cli, Start } from "../cli.ts";
import { type AnswerPolicy, withAnswer } from "../execution/answerPolicy.ts";
import { ExecutionGuard } from "../execution/executionGuard.ts";
import { exitCodeOfOutcome, noteOutcome } from "../execution/outcome.ts";
import { QuestionDesk } from "../execution/questionDesk.ts";
import { type ExitCode, exitCodes, usageFailure } from "../exitCodes.ts";
import { parseDuration } from "../output/duration.ts";
import { plainLine } from "../output/plainText.ts";
import { placeOf, type PlaceOptions, withPlace } from "./place.ts";
import { traceOf, withTrace } from "./trace.ts";

interface ExecOptions extends PlaceOptions, TraceOptions {
  readonly params?: readonly Json[];
  readonly target?: string;
  readonly session?: string;
  readonly timeout?: number;
  readonly async?: boolean;
  readonly key?: string;
  readonly answer: AnswerPolicy;
}

export function addExec(program: Command, start: Start): void {
  const command = program
    .command("exec")
    .description("Run a command of the editor or of Kiro CLI, and print what it returns.")
    .argument("<command>", "ID of the command, such as workbench.action.files.saveAll")
    .argument("[args...]", "its arguments, as texts; put -- before one that begins with -")
    .option("--params <json>", "its arguments as a JSON array, instead of texts", parseParams)
    .option("--target <target>", "auto, editor or cli; with cli, the command is a prompt")
    .option("--session <name>", "session of Kiro CLI");
  withTrace(withAnswer(withPlace(command)))
    .option("--timeout <duration>", "the command fails after this time: 30s, 500ms, 5m", parseDuration)
    .option("--async", "do not wait: print the ID of the execution")
    .option("--key <key>", "idempotency key: the same command with the same key runs once")
    .addHelpText(
      "after",
      `
Ctrl+C cancels what can be cancelled. The editor cannot stop a command that runs.

Examples:
  kiro-bridge exec workbench.action.files.saveAll
  kiro-bridge exec editor.action.insertSnippet --params '[{"snippet": "hello"}]'
  kiro-bridge exec vscode.open --params '[{"$type": "Uri", "value": "file:///tmp/a.txt"}]'
  kiro-bridge exec my.command first second --workspace . --timeout 30s
  id=$(kiro-bridge exec my.long.command --async) && kiro-bridge watch --execution "$id"`,
    )
    .action((id: string, args: string[], options: ExecOptions, command: Command) =>
      start(command, (cli) => execute(cli, requestOf(id, args, options), options)),
    );
}

/** @throws InvalidArgumentError */
function parseParams(text: string): readonly Json[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError("It is not JSON.");
  }
  if (!isList(value)) throw new InvalidArgumentError("It is not a JSON array.");
  return value;
}

function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

function requestOf(command: string, args: readonly string[], options: ExecOptions): ExecuteCommandRequest {
  const { params, target, session, timeout } = options;
  if (params !== undefined && args.length > 0) throw usageFailure("Give either arguments or --params, not both.");
  return {
    command,
    ...(params === undefined ? { args } : { params }),
    ...(target !== undefined && { target }),
    ...(session !== undefined && { session }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...placeOf(options),
  };
}

async function execute(cli: Cli, request: ExecuteCommandRequest, options: ExecOptions): Promise<ExitCode> {
  const client = await cli.client();
  const guard = new ExecutionGuard(cli, client);
  cli.out.progress(`${request.command} …`);
  const { signal } = guard;
  const { executionId, status } = await client.executeCommand(request, {
    respondAsync: true,
    signal,
    ...traceOf(options),
    ...(options.key !== undefined && { idempotencyKey: options.key }),
  });
  if (options.async === true) {
    if (cli.out.isJson) cli.out.document({ executionId, status });
    else cli.out.text(executionId);
    return exitCodes.done.code;
  }
  guard.started(executionId);
  const record = await followToEnd(executionId, { cli, client, guard, policy: options.answer });
  const outcome = { ...record, executionId };
  const exitCode = exitCodeOfOutcome(outcome);
  if (cli.out.isJson) cli.out.document({ success: record.status === "completed", exitCode, ...outcome });
  else {
    cli.out.text(record.output);
    if (record.outputTruncated === true) cli.out.note("The output was truncated.");
    noteOutcome(cli, outcome);
  }
  return exitCode;
}

interface FollowDeps {
  readonly cli: Cli;
  readonly client: KiroBridgeClient;
  readonly guard: ExecutionGuard;
  readonly policy: AnswerPolicy;
}

/** Answers the questions of an execution until it has ended. @returns its record */
async function followToEnd(executionId: string, deps: FollowDeps): Promise<CommandExecution> {
  const { cli, client, guard } = deps;
  const desk = new QuestionDesk(deps);
  const { signal } = guard;
  for await (const event of client.executions.events(executionId, { signal })) {
    switch (event.type) {
      case "command-queued":
        cli.out.progress(`${plainLine(event.command)} waits, ${event.position} ahead`);
        break;
      case "command-started":
        cli.out.progress(`${plainLine(event.command)} is running`);
        break;
      case "user-input-required":
        desk.ask(event);
        break;
      case "input-accepted":
      case "input-expired":
        desk.settle(event.questionId, `Answered: ${plainLine(event.inputValue)}`);
        break;
      default:
    }
  }
  cli.out.endProgress();
  guard.throwIfFailed();
  return await client.executions.wait(executionId, { signal });
}
