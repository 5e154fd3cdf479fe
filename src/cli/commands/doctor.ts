import type { Command } from "commander";
import type { Cli, Start } from "../cli.ts";
import { diagnose } from "../doctor/diagnose.ts";
import type { Finding } from "../doctor/finding.ts";
import type { ExitCode } from "../exitCodes.ts";
import { plainLine } from "../output/plainText.ts";

export function addDoctor(program: Command, start: Start): void {
  program
    .command("doctor")
    .description("Find out what is wrong, and what to do.")
    .addHelpText(
      "after",
      `
Checks the discovery file, who listens at the address, the token, the clocks, the versions,
the editor windows, the trust in the workspace, and Kiro CLI. The exit code is 0 if there
is no problem (warnings are none), 2 or 3 if commands cannot get through, else 1.

Examples:
  kiro-bridge doctor
  kiro-bridge doctor --url http://devbox:3001 --json`,
    )
    .action((_options: unknown, command: Command) => start(command, doctor));
}

async function doctor(cli: Cli): Promise<ExitCode> {
  const { out, interrupts } = cli;
  const findings: Finding[] = [];
  out.progress("checking");
  const checks = diagnose(await cli.choice(), interrupts.signal);
  for (;;) {
    const next = await checks.next();
    if (next.done === true) {
      const { value: exitCode } = next;
      if (out.isJson) out.document({ ok: exitCode === 0, exitCode, findings });
      return exitCode;
    }
    findings.push(next.value);
    if (!out.isJson) print(cli, next.value);
  }
}

function print({ out }: Cli, { state, message, advice }: Finding): void {
  const { green, yellow, red, dim } = out.style;
  const mark = { ok: green("ok     "), warning: yellow("warning"), problem: red("problem") }[state];
  out.write(`${mark}  ${plainLine(message)}\n`);
  if (advice !== undefined) out.write(`         ${dim(plainLine(advice))}\n`);
}
