import type { Command } from "commander";
import type { Cli, Start } from "../cli.ts";
import { reportOf } from "../exitCodes.ts";
import { plainLine } from "../output/plainText.ts";
import { placeOf, type PlaceOptions, withPlace } from "./place.ts";

export function addMcp(program: Command, start: Start): void {
  withPlace(
    program
      .command("mcp")
      .description("Serve the tools of the editor over stdio, for MCP clients without HTTP.")
      .addHelpText(
        "after",
        `
A client starts this command, which finds the bridge and its token as every other command
does, and finds it again after a restart. Messages are on stdin and stdout, one per line.

Example, in the file of a client:
  {"mcpServers": {"kiro-bridge": {"command": "npx", "args": ["-y", "kiro-bridge", "mcp"]}}}`,
      ),
  ).action((options: PlaceOptions, command: Command) => start(command, (cli) => relay(cli, options)));
}

async function relay({ connect, out, interrupts }: Cli, options: PlaceOptions): Promise<void> {
  const { McpRelay } = await import("../mcp/relayLibrary.ts");
  const { windowId, workspacePath } = placeOf(options);
  const relaying = new McpRelay({
    find: async () => {
      const { client, token } = await connect();
      const headers = {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(windowId !== undefined && { "X-Kiro-Window": windowId }),
        ...(workspacePath !== undefined && { "X-Kiro-Workspace": workspacePath }),
      };
      return { url: new URL("/mcp", client.baseUrl), headers };
    },
    sentenceOf,
    warn: (error) => out.error(plainLine(sentenceOf(error))),
  });
  await relaying.run(interrupts.signal);
}

function sentenceOf(error: unknown): string {
  const { message, hint } = reportOf(error);
  return hint === undefined ? message : `${message} ${hint}`;
}
