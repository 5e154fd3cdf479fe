import type { Command } from "commander";
import type { Cli, Start } from "../cli.ts";
import { locate, type TokenSource } from "../connection/connect.ts";
import { checkListener } from "../doctor/checkAddress.ts";
import { CliFailure, exitCodes } from "../exitCodes.ts";
import { plainLine } from "../output/plainText.ts";

export function addHealth(program: Command, start: Start): void {
  program
    .command("health")
    .description("Ask whether the bridge is healthy, without a token.")
    .addHelpText(
      "after",
      `
For the health check of a container or a supervisor: one request, in which no token is
sent. The exit code is 0 if the bridge is healthy, 1 if it is not, and 2 if it cannot
be reached, or is starting or stopping.

Examples:
  kiro-bridge health
  kiro-bridge health --url http://127.0.0.1:3001 --json`,
    )
    .action((_options: unknown, command: Command) => start(command, health));
}

const noToken: TokenSource = { from: "none", text: undefined };

/** @throws CliFailure unless the bridge is healthy */
async function health({ choice, out, interrupts }: Cli): Promise<void> {
  const { url } = await locate(await choice());
  const [finding] = await checkListener(url, noToken, interrupts.signal);
  if (finding?.state !== "ok") {
    const isUnhealthy = finding?.state === "warning";
    const { code } = isUnhealthy ? exitCodes.failed : exitCodes.unreachable;
    throw new CliFailure(code, finding?.message ?? "", isUnhealthy ? "See 'kiro-bridge doctor'." : finding?.advice);
  }
  if (out.isJson) out.document({ url, status: "healthy" });
  else out.write(`${plainLine(finding.message)}\n`);
}
