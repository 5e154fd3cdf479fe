import type { BridgeSwitch } from "../bridgeSwitch.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import type { TokenStore } from "../token.ts";
import { cliCommands } from "./cliCommands.ts";
import type { LiveAnswers } from "./liveAnswers.ts";
import type { CommandAction } from "./register.ts";
import { runCommands } from "./runCommands.ts";
import { serverCommands } from "./serverCommands.ts";

export interface PaletteParts {
  readonly toggle: BridgeSwitch<Bridge>;
  readonly tokens: TokenStore;
  readonly answers: LiveAnswers;
  readonly openLog: () => void;
  readonly openDashboard: () => unknown;
}

/** What every command of the palette does; the type makes sure that none is forgotten. */
export function paletteActions(parts: PaletteParts): Record<CommandName, CommandAction> {
  const { toggle, tokens, answers, openLog, openDashboard } = parts;
  return {
    ...serverCommands(toggle, tokens),
    ...runCommands(toggle),
    ...cliCommands(toggle, answers),
    openLog,
    openDashboard,
  };
}
