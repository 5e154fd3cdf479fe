import type { BridgeSwitch } from "../bridgeSwitch.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import type { CommandAction } from "./register.ts";
import { running } from "./serverCommands.ts";

type CliCommand = Extract<CommandName, "askCli" | "cancelCli" | "newCliSession" | "diagnoseCli">;

/** The commands about the Kiro CLI. */
export function cliCommands(toggle: BridgeSwitch<Bridge>): Record<CliCommand, CommandAction> {
  return {
    askCli: () => running(toggle).agent.status(),
    cancelCli: () => running(toggle).agent.status(),
    newCliSession: () => running(toggle).agent.status(),
    diagnoseCli: () => running(toggle).agent.status(),
  };
}
