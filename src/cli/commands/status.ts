import type { Command } from "commander";
import type { KiroStatusResponse } from "../../client/index.ts";
import type { Cli, Start } from "../cli.ts";
import { plainLine } from "../output/plainText.ts";
import type { Style } from "../output/style.ts";

export function addStatus(program: Command, start: Start): void {
  program
    .command("status")
    .description("Print what the bridge, the editor and Kiro CLI are doing.")
    .option("--commands", "with --json: also the IDs of all allowed commands")
    .addHelpText(
      "after",
      `
Examples:
  kiro-bridge status
  kiro-bridge status --json | jq .cli.state`,
    )
    .action((options: { readonly commands?: boolean }, command: Command) =>
      start(command, (cli) => printStatus(cli, options.commands === true)),
    );
}

const FIELDS = ["status", "reason", "currentCommand", "version", "timestamp", "cli", "queue", "windows"] as const;

async function printStatus({ client: connected, out, interrupts }: Cli, withCommands: boolean): Promise<void> {
  const client = await connected();
  const fields = withCommands ? undefined : [...FIELDS, "pendingRestart" as const];
  const { signal } = interrupts;
  const status = await client.getStatus({ signal, ...(fields !== undefined && { fields }) });
  if (out.isJson) out.document({ url: client.baseUrl, ...status });
  else
    out.write(
      statusLines(client.baseUrl, status, out.style)
        .map((line) => `${line}\n`)
        .join(""),
    );
}

function statusLines(url: string, status: KiroStatusResponse, style: Style): string[] {
  const { cli, queue, windows } = status;
  const paint = { ready: style.green, busy: style.yellow, unavailable: style.red }[status.status];
  const rows: (readonly [string, string])[] = [
    ["Bridge", `${paint(status.status)} ${style.dim(plainLine(url))}`],
    ["Running", `${queue.running} running, ${queue.queued} waiting`],
    ["Kiro CLI", cliLine(cli, style)],
    ["Windows", windows.length === 0 ? "none" : windows.map(windowName).join(", ")],
  ];
  if (status.reason !== undefined) rows.splice(1, 0, ["Reason", plainLine(status.reason)]);
  if (status.currentCommand !== undefined) rows.splice(1, 0, ["Current", plainLine(status.currentCommand)]);
  if (status.version !== undefined) rows.push(["Editor", plainLine(status.version)]);
  if (status.pendingRestart === true) rows.push(["Settings", style.yellow("changed; apply when nothing runs")]);
  return rows.map(([name, value]) => `${style.bold(name.padEnd(9))} ${value}`);
}

function cliLine({ state, detail, version, simulated, sessions }: KiroStatusResponse["cli"], style: Style): string {
  const paint = state === "unavailable" ? style.red : state === "ready" ? style.green : style.dim;
  const facts = [
    version === undefined ? "" : ` ${plainLine(version)}`,
    simulated === true && version?.includes("simulated") !== true ? " (simulated)" : "",
    sessions > 0 ? `, ${sessions} ${sessions === 1 ? "process" : "processes"}` : "",
    detail === undefined ? "" : `: ${plainLine(detail)}`,
  ];
  return `${paint(plainLine(state))}${facts.join("")}`;
}

function windowName({ editor, workspaceFolders }: KiroStatusResponse["windows"][number]): string {
  return plainLine(
    workspaceFolders.length === 0 ? `${editor} (no folder)` : `${editor} ${workspaceFolders.join(" + ")}`,
  );
}
