import { type Command, InvalidArgumentError } from "commander";
import type { BridgeEvent, EventType } from "../../client/index.ts";
import type { Cli, Start } from "../cli.ts";
import { eventLine, eventTypes, isEventType } from "../execution/eventLine.ts";
import { exitCodeOfOutcome } from "../execution/outcome.ts";
import type { ExitCode } from "../exitCodes.ts";
import { plainLine } from "../output/plainText.ts";

interface WatchOptions {
  readonly types?: readonly EventType[];
  readonly execution?: string;
}

export function addWatch(program: Command, start: Start): void {
  program
    .command("watch")
    .description("Print what happens, as it happens.")
    .option("--types <types>", "only these types of events, separated by commas", parseTypes)
    .option("--execution <id>", "only this execution, from its beginning to its end")
    .addHelpText(
      "after",
      `
Goes on when the bridge restarts or another window takes over its address, and then prints
what it has missed, each event once. Ends with Ctrl+C (exit code 130); with --execution, at
the end of the execution, with its exit code as exec would have.

Examples:
  kiro-bridge watch
  kiro-bridge watch --types command-completed,command-error
  kiro-bridge watch --json | jq --unbuffered -r .type`,
    )
    .action((options: WatchOptions, command: Command) =>
      start(command, (cli) =>
        options.execution === undefined ? watch(cli, options) : watchOne(cli, options.execution, options),
      ),
    );
}

function parseTypes(text: string): readonly EventType[] {
  const names = text.split(",");
  const types = names.filter(isEventType);
  if (types.length === names.length) return types;
  throw new InvalidArgumentError(`Types are: ${eventTypes.join(", ")}.`);
}

async function watch(cli: Cli, { types }: WatchOptions): Promise<void> {
  const { out, interrupts } = cli;
  const { dim, yellow, green } = out.noteStyle;
  let state: "new" | "connected" | "away" = "new";
  const noticing: typeof fetch = async (...request) => {
    try {
      return await fetch(...request);
    } catch (error) {
      if (state === "connected" && !interrupts.isInterrupted) {
        out.note(yellow("The bridge cannot be reached. Waiting for it…"));
        state = "away";
      }
      throw error;
    }
  };
  const { client } = await cli.connect({ fetch: noticing });
  for await (const event of client.events({ types }, { signal: interrupts.signal })) {
    if (event.type === "connection-ready") {
      out.note(state === "new" ? dim(`Watching ${client.baseUrl}`) : green(`Connected again: ${client.baseUrl}`));
      state = "connected";
    }
    if (out.isJson || event.type !== "connection-ready") print(cli, event);
    await out.caughtUp(interrupts.signal);
  }
}

async function watchOne(cli: Cli, executionId: string, { types }: WatchOptions): Promise<ExitCode> {
  const client = await cli.client();
  const { signal } = cli.interrupts;
  for await (const event of client.executions.events(executionId, { signal })) {
    if (types === undefined || types.includes(event.type)) print(cli, event);
    await cli.out.caughtUp(signal);
  }
  return exitCodeOfOutcome({ ...(await client.executions.get(executionId, { signal })), executionId });
}

function print({ out }: Cli, event: BridgeEvent): void {
  if (out.isJson) {
    out.jsonLine(event);
    return;
  }
  const { dim } = out.style;
  const time = new Date(event.timestamp).toLocaleTimeString("sv");
  const id = "executionId" in event ? dim(` ${plainLine(event.executionId)}`) : "";
  out.write(`${dim(time)} ${eventLine(event, out.style)}${id}\n`);
}
