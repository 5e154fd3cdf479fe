import { type Command, Option } from "commander";
import type { CommandExecution, ExecutionStatus } from "../../client/index.ts";
import type { Cli, Start } from "../cli.ts";
import { shownDuration } from "../output/duration.ts";
import { limitUpTo } from "../output/limit.ts";
import { plainLine, plainText, safeJson } from "../output/plainText.ts";
import type { Style } from "../output/style.ts";
import { type Cell, table } from "../output/table.ts";

interface ListOptions {
  readonly status?: ExecutionStatus;
  readonly search?: string;
  readonly parent?: string;
  readonly limit: number;
}

const MAX_LIMIT = 99_999;
const statuses = ["queued", "running", "waiting-input", "completed", "failed", "cancelled", "interrupted"];

export function addExecutions(program: Command, start: Start): void {
  const group = program
    .command("executions")
    .description("List what runs and what has run, newest first, or show one execution.");
  group
    .command("list", { isDefault: true })
    .description("List executions; the default.")
    .addOption(new Option("--status <status>", "only those with this status").choices(statuses))
    .option("--search <text>", "only those with this text in the command, arguments, output or error")
    .option("--parent <id>", "only what an agent has requested in this execution")
    .option("--limit <number>", "how many", limitUpTo(MAX_LIMIT), 20)
    .addHelpText(
      "after",
      `
Examples:
  kiro-bridge executions
  kiro-bridge executions list --status failed --limit 5
  kiro-bridge executions list --search npm --json | jq '.executions[].id'`,
    )
    .action((options: ListOptions, command: Command) => start(command, (cli) => list(cli, options)));
  group
    .command("show")
    .description("Show everything about one execution.")
    .argument("<id>", "ID of the execution")
    .addHelpText(
      "after",
      `
Example:
  kiro-bridge executions show exec-1767225600000-1-a1b2c3`,
    )
    .action((id: string, _options: unknown, command: Command) => start(command, (cli) => show(cli, id)));
}

const MAX_PAGE = 500;

async function list({ client: connected, out, interrupts: { signal } }: Cli, options: ListOptions): Promise<void> {
  const { status, search, parent: parentId, limit } = options;
  const client = await connected();
  const query = { status, search, parentId, limit: Math.min(limit, MAX_PAGE) };
  const executions: CommandExecution[] = [];
  for await (const execution of client.executions.all(query, { signal })) {
    executions.push(execution);
    if (executions.length >= limit) break;
  }
  if (out.isJson) out.document({ executions });
  else if (executions.length === 0) out.note("There are none.");
  else {
    const rows = executions.map((execution) => rowOf(execution, out.style));
    out.write(table(["ID", "STATUS", "STARTED", "TIME", "COMMAND"], rows, out.style));
  }
}

const LONGEST_TITLE = 60;

function rowOf({ id, status, startedAt, executionTimeMs, command, args }: CommandExecution, style: Style): Cell[] {
  const title = [command, ...args].join(" ");
  return [
    id,
    { text: status, paint: paintOf(status, style) },
    new Date(startedAt).toLocaleString("sv"),
    executionTimeMs === undefined ? "-" : shownDuration(executionTimeMs),
    title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE)}…` : title,
  ];
}

function paintOf(status: ExecutionStatus, { green, red, yellow, cyan }: Style): (text: string) => string {
  if (status === "completed") return green;
  if (status === "failed" || status === "interrupted") return red;
  return status === "cancelled" ? yellow : cyan;
}

async function show({ client: connected, out, interrupts: { signal } }: Cli, id: string): Promise<void> {
  const execution = await (await connected()).executions.get(id, { signal });
  if (out.isJson) {
    out.document(execution);
    return;
  }
  const { output, result, ...facts } = execution;
  const { bold } = out.style;
  for (const [name, value] of Object.entries(facts)) {
    const text = typeof value === "string" ? plainText(value) : plainLine(safeJson(value));
    out.write(`${bold(name.padEnd(16))} ${text}\n`);
  }
  if (typeof result !== "string" && result !== undefined) out.write(`${bold("result")}\n${safeJson(result, 2)}\n`);
  if (output !== "") {
    out.write(`${bold("output")}\n`);
    out.text(output);
  }
}
