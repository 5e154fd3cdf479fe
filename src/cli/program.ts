import { Command, Option } from "commander";
import type { Start } from "./cli.ts";
import { addAccess } from "./access/access.ts";
import { addAsk } from "./commands/ask.ts";
import { addCancel } from "./commands/cancel.ts";
import { addCompletion } from "./commands/completion.ts";
import { addConnect } from "./commands/connect.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addExec } from "./commands/exec.ts";
import { addExecutions } from "./commands/executions.ts";
import { addExports } from "./commands/exports.ts";
import { addHealth } from "./commands/health.ts";
import { addMcp } from "./commands/mcp.ts";
import { addPair } from "./commands/pair.ts";
import { addPlugin } from "./commands/plugin.ts";
import { addServe } from "./server/serve.ts";
import { addSessions } from "./commands/sessions.ts";
import { addStatus } from "./commands/status.ts";
import { addTerminal } from "./commands/terminal.ts";
import { addWatch } from "./commands/watch.ts";
import { addWindows } from "./commands/windows.ts";
import { exitCodes } from "./exitCodes.ts";

const exitCodeLines = Object.values(exitCodes).map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`);

const manual = `
Address and token:
  Without --url, the bridge is found through its file in ~/.kiro-bridge, or in the
  folder KIRO_BRIDGE_HOME. The token is the one on stdin (--token-stdin) or in
  KIRO_BRIDGE_TOKEN; else the one that the bridge publishes in its file; else the
  one that 'kiro-bridge pair --save' has stored. A token that was not given is sent
  only to a bridge that proves to have it. There is no option that takes the token
  itself: all programs of a machine can read the command line of a program, and
  shells keep it in their history.

Exit codes:
${exitCodeLines.join("\n")}

Environment:
  KIRO_BRIDGE_URL    the same as --url
  KIRO_BRIDGE_TOKEN  the token
  KIRO_BRIDGE_HOME   the discovery folder, instead of ~/.kiro-bridge
  TRACEPARENT        the same as --traceparent of exec and ask, if it is valid
  NO_COLOR           no colours
  FORCE_COLOR        colours also where no terminal is

Output:
  Results go to stdout; notes, progress and errors go to stderr. Control characters
  in texts of the bridge are printed as \\x1b and the like; --json has the exact
  values. With --json, stdout has one JSON document, or one per line for ask and
  watch; if the command fails, it has {"error": {"code", "message", "exitCode", …}}.

Examples:
  kiro-bridge status
  kiro-bridge exec workbench.action.files.saveAll
  kiro-bridge ask "What does this project do?"
  kiro-bridge watch --json
`;

/** Creates the command line. Its help is the manual, of which docs/cli.md is made. */
export function createProgram(version: string, start: Start): Command {
  const program = new Command("kiro-bridge")
    .description("Runs commands and Kiro prompts in your editor, through Kiro Bridge.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addOption(new Option("--url <url>", "address of the bridge, instead of the one that is published"))
    .option("--token-stdin", "read the token from stdin")
    .option("--json", "print JSON, for programs")
    .option("--no-color", "print without colours")
    .option("-q, --quiet", "print results and errors only")
    .configureHelp({ helpWidth: 88, showGlobalOptions: true })
    .showHelpAfterError("(run with --help for the manual)")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : exitCodes.usage.code))
    .addHelpText("after", manual);
  for (const add of [addStatus, addWindows, addExec, addAsk, addWatch, addExecutions, addCancel]) add(program, start);
  for (const add of [addSessions, addExports, addTerminal, addPair, addAccess, addConnect, addMcp, addPlugin])
    add(program, start);
  for (const add of [addServe, addDoctor, addHealth, addCompletion]) add(program, start);
  return program;
}
