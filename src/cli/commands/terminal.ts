import type { Command } from "commander";
import type { Start } from "../cli.ts";
import { placeOf, type PlaceOptions, withPlace } from "./place.ts";

interface TerminalOptions extends PlaceOptions {
  readonly raw?: boolean;
}

export function addTerminal(program: Command, start: Start): void {
  withPlace(program.command("terminal").description("Open Kiro CLI of the editor in this terminal, in its text mode."))
    .option("--raw", "pass all control sequences on, not only colours")
    .addHelpText(
      "after",
      `
What you type is sent line by line. The end of the input (Ctrl+D) sends /quit; Ctrl+C ends
Kiro CLI at once. Other control sequences than colours are printed as text, because what
Kiro reads could have them; --raw passes them on.

Examples:
  kiro-bridge terminal
  echo "Hello" | kiro-bridge terminal --workspace .`,
    )
    .action((options: TerminalOptions, command: Command) =>
      start(command, async (cli) => {
        const connection = await cli.connect();
        // The library of WebSockets is loaded for this command only.
        const { runTerminal } = await import("../terminal/runTerminal.ts");
        return await runTerminal(cli, connection, { place: placeOf(options), isRaw: options.raw === true });
      }),
    );
}
