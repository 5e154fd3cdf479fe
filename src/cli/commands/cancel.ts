import type { Command } from "commander";
import { type CancelResponse, isKiroBridgeError, type KiroBridgeClient } from "../../client/index.ts";
import type { Cli, Start } from "../cli.ts";
import { type ExitCode, exitCodes, usageFailure } from "../exitCodes.ts";
import { plainLine } from "../output/plainText.ts";

export function addCancel(program: Command, start: Start): void {
  program
    .command("cancel")
    .description("Cancel executions that wait or run.")
    .argument("[ids...]", "IDs of executions")
    .option("--all", "all that wait, run, or have a question")
    .addHelpText(
      "after",
      `
A prompt is cancelled in any state, a command of the editor only while it waits: the exit
code is 1 if one of them could not be cancelled.

Examples:
  kiro-bridge cancel exec-1767225600000-1-a1b2c3
  kiro-bridge cancel --all`,
    )
    .action((ids: string[], options: { readonly all?: boolean }, command: Command) =>
      start(command, (cli) => cancel(cli, ids, options.all === true)),
    );
}

const ACTIVE = ["queued", "running", "waiting-input"] as const;
const PAGE = 500;

interface Cancelled {
  readonly executionId: string;
  readonly isCancelled: boolean;
  readonly status?: CancelResponse["status"];
  readonly how?: CancelResponse["how"];
  readonly error?: string;
}

async function cancel(cli: Cli, ids: readonly string[], isAll: boolean): Promise<ExitCode> {
  if (isAll === ids.length > 0) throw usageFailure("Give either IDs of executions or --all.");
  const client = await cli.client();
  const { out, interrupts } = cli;
  const cancelled: Cancelled[] = [];
  for (const id of isAll ? await activeIds(client, interrupts.signal) : ids) {
    cancelled.push(await cancelOne(client, id, interrupts.signal));
  }
  if (out.isJson) out.document({ executions: cancelled });
  else if (cancelled.length === 0) out.note("Nothing is running.");
  else for (const each of cancelled) out.write(`${plainLine(lineOf(each))}\n`);
  return cancelled.every(({ isCancelled }) => isCancelled) ? exitCodes.done.code : exitCodes.failed.code;
}

async function activeIds(client: KiroBridgeClient, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const status of ACTIVE) {
    for await (const { id } of client.executions.all({ status, limit: PAGE }, { signal })) ids.add(id);
  }
  return ids;
}

async function cancelOne(client: KiroBridgeClient, executionId: string, signal: AbortSignal): Promise<Cancelled> {
  try {
    const { status, how } = await client.executions.cancel(executionId, { signal });
    return { executionId, isCancelled: how !== "not-cancellable", status, how };
  } catch (error) {
    if (!isKiroBridgeError(error) || error.code !== "NOT_FOUND") throw error;
    return { executionId, isCancelled: false, error: error.message };
  }
}

function lineOf({ executionId, isCancelled, status, how, error }: Cancelled): string {
  if (error !== undefined) return `${executionId}: ${error}`;
  if (isCancelled) return `${executionId}: cancelled (${how})`;
  return status === "running" ? `${executionId}: cannot be cancelled, and goes on` : `${executionId}: it is ${status}`;
}
