import { type Command, Option } from "commander";
import type { ExportDestination } from "../../client/index.ts";
import type { Cli, Start } from "../cli.ts";
import { type ExitCode, exitCodes } from "../exitCodes.ts";
import { limitUpTo } from "../output/limit.ts";
import { shownDuration } from "../output/duration.ts";
import { plainLine } from "../output/plainText.ts";
import type { Style } from "../output/style.ts";
import { type Cell, table } from "../output/table.ts";
import { placeOf, type PlaceOptions, withPlace } from "./place.ts";

interface DeadLetterOptions extends PlaceOptions {
  readonly limit: number;
  readonly remove?: boolean;
}

/** The largest limit of the bridge. */
const MAX_DEAD_LETTERS = 1000;

export function addExports(program: Command, start: Start): void {
  const group = program
    .command("exports")
    .description("List the destinations of exports, test one, or send again what it has refused.")
    .addHelpText(
      "after",
      `
Destinations are entries of the setting kiroBridge.exports. The token must have the
permission access:manage.`,
    );
  withPlace(group.command("list", { isDefault: true }).description("List the destinations; the default."))
    .addHelpText(
      "after",
      `
Each window has its own row for a destination, unless --window or --workspace selects one.

Examples:
  kiro-bridge exports
  kiro-bridge exports --json | jq -r '.destinations[] | select(.state == "blocked").name'`,
    )
    .action((options: PlaceOptions, command: Command) => start(command, (cli) => list(cli, options)));
  withPlace(
    nameOf(group.command("test").description("Send one marked item to a destination, and print what came back.")),
  )
    .addHelpText(
      "after",
      `
Ends with 1 if the destination did not take the item.

Example:
  kiro-bridge exports test archive`,
    )
    .action((name: string, options: PlaceOptions, command: Command) =>
      start(command, (cli) => test(cli, name, options)),
    );
  withPlace(nameOf(group.command("replay").description("Send again what a destination has refused.")))
    .addHelpText(
      "after",
      `
They are sent after what is waiting. What is refused once more is a dead letter again.

Example:
  kiro-bridge exports replay archive`,
    )
    .action((name: string, options: PlaceOptions, command: Command) =>
      start(command, (cli) => replay(cli, name, options)),
    );
  addDeadLetters(group, start);
}

function addDeadLetters(group: Command, start: Start): void {
  const command = group
    .command("dead-letters")
    .description("List the events that a destination has refused, newest first.");
  withPlace(nameOf(command))
    .option("--limit <number>", "how many", limitUpTo(MAX_DEAD_LETTERS), 20)
    .addOption(new Option("--remove", "remove them for good, instead of listing them").conflicts("limit"))
    .addHelpText(
      "after",
      `
Examples:
  kiro-bridge exports dead-letters archive
  kiro-bridge exports dead-letters archive --remove`,
    )
    .action((name: string, options: DeadLetterOptions, command: Command) =>
      start(command, (cli) =>
        options.remove === true ? removeDeadLetters(cli, name, options) : listDeadLetters(cli, name, options),
      ),
    );
}

function nameOf(command: Command): Command {
  return command.argument("<name>", "name of the destination");
}

async function list({ client, out, interrupts: { signal } }: Cli, options: PlaceOptions): Promise<void> {
  const overview = await (await client()).exports.list(placeOf(options), { signal });
  if (out.isJson) {
    out.document(overview);
    return;
  }
  const { destinations, problems, missingWindows = [] } = overview;
  const { yellow } = out.noteStyle;
  if (destinations.length === 0) out.note("There are none. They are entries of the setting kiroBridge.exports.");
  else {
    const heads = [
      "NAME",
      "KIND",
      "STATE",
      "WAITING",
      "SENT",
      "REFUSED",
      "DROPPED",
      "DEAD LETTERS",
      "WINDOW",
      "LATEST",
    ];
    const rows = destinations.map((destination) => rowOf(destination, out.style));
    out.write(table(heads, rows, out.style));
  }
  for (const problem of problems) out.note(yellow(plainLine(problem)));
  if (missingWindows.length > 0) out.note(yellow(plainLine(`Without those of ${missingWindows.join(", ")}.`)));
}

function rowOf(destination: ExportDestination, style: Style): readonly Cell[] {
  const { name, kind, state, waiting, sent, refused, dropped, deadLetters, windowId } = destination;
  const numbers = [waiting.events, sent, refused, dropped, deadLetters].map(String);
  return [name, kind, { text: state, paint: paintOf(state, style) }, ...numbers, windowId, latestOf(destination)];
}

function paintOf(state: ExportDestination["state"], { green, yellow, red, dim }: Style): (text: string) => string {
  if (state === "ok") return green;
  if (state === "retrying") return yellow;
  return state === "blocked" || state === "paused" ? red : dim;
}

/** Returns the error or the success of a destination, whichever was later. */
function latestOf({ lastError, lastSuccess }: ExportDestination): string {
  if (lastError !== undefined && (lastSuccess === undefined || lastError.at > lastSuccess.at)) return lastError.message;
  return lastSuccess === undefined ? "-" : `${lastSuccess.outcome} ${shownTime(lastSuccess.at)}`;
}

async function test(
  { client, out, interrupts: { signal } }: Cli,
  name: string,
  options: PlaceOptions,
): Promise<ExitCode> {
  const connected = await client();
  out.progress(`${name} …`);
  const result = await connected.exports.test(name, { ...placeOf(options), signal });
  out.endProgress();
  const { success, outcome, message, elapsedMs } = result;
  const exitCode = success ? exitCodes.done.code : exitCodes.failed.code;
  if (out.isJson) out.document({ ...result, exitCode });
  else if (success)
    out.write(`${out.style.green(outcome ?? "sent")} ${plainLine(message)} (${shownDuration(elapsedMs)})\n`);
  else out.error(`${out.noteStyle.red("failed:")} ${plainLine(message)}`);
  return exitCode;
}

async function replay(
  { client, out, interrupts: { signal } }: Cli,
  name: string,
  options: PlaceOptions,
): Promise<void> {
  const result = await (await client()).exports.replay(name, { ...placeOf(options), signal });
  if (out.isJson) out.document(result);
  else out.write(`${deadLettersOf(result.replayed)} sent again\n`);
}

async function listDeadLetters(
  { client, out, interrupts: { signal } }: Cli,
  name: string,
  options: DeadLetterOptions,
): Promise<void> {
  const query = { ...placeOf(options), limit: options.limit, signal };
  const found = await (await client()).exports.deadLetters(name, query);
  const { deadLetters, total } = found;
  if (out.isJson) out.document(found);
  else if (total === 0) out.note("There are none.");
  else {
    const rows = deadLetters.map(({ at, eventType, executionId, reason }) => [
      shownTime(at),
      eventType,
      executionId ?? "-",
      reason,
    ]);
    out.write(table(["REFUSED", "EVENT", "EXECUTION", "REASON"], rows, out.style));
    if (total > deadLetters.length) out.note(`${total - deadLetters.length} more.`);
  }
}

async function removeDeadLetters(
  { client, out, interrupts: { signal } }: Cli,
  name: string,
  options: PlaceOptions,
): Promise<void> {
  const result = await (await client()).exports.removeDeadLetters(name, { ...placeOf(options), signal });
  if (out.isJson) out.document(result);
  else out.write(`${deadLettersOf(result.removed)} removed\n`);
}

function deadLettersOf(count: number): string {
  return count === 1 ? "1 dead letter" : `${count} dead letters`;
}

function shownTime(at: string): string {
  return new Date(at).toLocaleString("sv");
}
