import { Argument, type Command } from "commander";
import type { KiroBridgeClient } from "../../client/index.ts";
import type { Cli, Start } from "../cli.ts";
import { type Candidate, completionOf, type Live, renderCandidates } from "../completion/candidates.ts";
import { COMPLETE, FILES, scripts, type Shell, shells } from "../completion/scripts.ts";

/** The longest time for which the shell waits for a bridge. */
const MAX_MS = 1_500;
const MAX_COMMANDS = 5_000;
const MAX_EXECUTIONS = 50;

export function addCompletion(program: Command, start: Start): void {
  program
    .command("completion")
    .description("Print the script that completes kiro-bridge in a shell.")
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .addHelpText(
      "after",
      `
It completes commands, options, and what the running editor knows: command IDs for exec,
executions, sessions, destinations and windows. Where no bridge answers within ${MAX_MS / 1000} s,
it does without.

Examples:
  source <(kiro-bridge completion bash)                # in ~/.bashrc
  source <(kiro-bridge completion zsh)                 # in ~/.zshrc, after compinit
  kiro-bridge completion fish | source                 # in config.fish
  kiro-bridge completion powershell | Out-String | Invoke-Expression   # in $PROFILE`,
    )
    .action((shell: Shell, _options: unknown, command: Command) =>
      start(command, async ({ out }) => out.write(scripts[shell])),
    );
  program
    .command(COMPLETE, { hidden: true })
    .argument("[words...]")
    .option("--current <word>", "the word before the cursor", "")
    .action((words: string[], options: { readonly current: string }, command: Command) =>
      start(command, (cli) => complete(cli, program, words, options.current)),
    );
}

async function complete(cli: Cli, program: Command, words: readonly string[], current: string): Promise<void> {
  // Nothing may make the shell wait: neither a bridge that hangs, nor a disk.
  setTimeout(() => process.exit(0), MAX_MS).unref();
  const completion = completionOf(program, words, current);
  if (completion.kind === "files") cli.out.write(`${FILES}\n`);
  else {
    const candidates = completion.kind === "fixed" ? completion.candidates : await ask(cli, completion.what, current);
    cli.out.write(renderCandidates(candidates, current));
  }
}

/** Asks the bridge. Without one, there are no candidates. */
async function ask(cli: Cli, what: Live, current: string): Promise<readonly Candidate[]> {
  try {
    return await sources[what](await cli.client(), current);
  } catch {
    return [];
  }
}

const sources: Readonly<Record<Live, (client: KiroBridgeClient, current: string) => Promise<readonly Candidate[]>>> = {
  commands: async (client, current) => {
    const { commands } = await client.commands({ query: current, limit: MAX_COMMANDS });
    return commands.filter(({ allowed }) => allowed).map(({ id, title = "" }) => ({ value: id, description: title }));
  },
  destinations: async (client) => {
    const { destinations } = await client.exports.list();
    const kinds = new Map(destinations.map(({ name, kind }) => [name, kind]));
    return [...kinds].map(([name, kind]) => ({ value: name, description: kind }));
  },
  executions: async (client) => {
    const { executions } = await client.executions.list({ limit: MAX_EXECUTIONS });
    return executions.map(({ id, status, command }) => ({ value: id, description: `${status}: ${command}` }));
  },
  sessions: async (client) => {
    const { sessions } = await client.sessions.list();
    return sessions.map(({ name, workspacePath }) => ({ value: name, description: workspacePath }));
  },
  windows: async (client) => {
    const { windows } = await client.windows();
    return windows.map(({ id, editor, workspaceFolders }) => ({
      value: id,
      description: [editor, ...workspaceFolders].join(" "),
    }));
  },
};
