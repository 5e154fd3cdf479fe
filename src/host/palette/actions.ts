import type { Logger } from "../../base/logger.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import type { Dashboards } from "../dashboard/dashboards.ts";
import type { TokenStore } from "../../hosting/tokens/ownerTokens.ts";
import { accessCommands } from "./accessCommands.ts";
import { answerQuestion } from "./answerQuestion.ts";
import { auditCommands } from "./auditCommands.ts";
import { cliCommands } from "./cliCommands.ts";
import { exportCommands } from "./exportCommands.ts";
import { historyCommands } from "./historyCommands.ts";
import type { LiveAnswers } from "./liveAnswers.ts";
import { type ModelContext, modelCommands } from "./modelCommands.ts";
import { pluginCommands } from "./pluginCommands.ts";
import type { CommandAction } from "./register.ts";
import { openSettings } from "./openSettings.ts";
import { guardFromOutside } from "./outsideGuard.ts";
import { setNatsCredentials } from "./setNatsCredentials.ts";
import { runCommands } from "./runCommands.ts";
import { running, serverCommands } from "./serverCommands.ts";
import { switchCommands } from "./switchCommands.ts";

export interface PaletteDeps {
  readonly toggle: BridgeSwitch<Bridge>;
  readonly tokens: TokenStore;
  readonly answers: LiveAnswers;
  readonly context: ModelContext;
  readonly logger: Logger;
  readonly openLog: () => void;
  readonly dashboards: () => Promise<Dashboards>;
}

/** The actions of all palette commands; the type ensures that none is missing. */
export function paletteActions(deps: PaletteDeps): Record<CommandName, CommandAction> {
  const { toggle, tokens, answers, context, logger, openLog, dashboards } = deps;
  return guardFromOutside(toggle, {
    ...switchCommands(toggle),
    ...serverCommands(toggle, tokens),
    ...runCommands(toggle),
    ...cliCommands(toggle, answers),
    ...historyCommands(toggle, async (run) => (await dashboards()).show(run)),
    ...accessCommands(toggle, async () => (await dashboards()).showAccess()),
    ...auditCommands(toggle),
    ...pluginCommands(toggle),
    ...modelCommands(toggle, context, logger),
    ...exportCommands(toggle, context, logger),
    setNatsCredentials: () => setNatsCredentials(context.secrets),
    answerQuestion: (argument) => answerQuestion(running(toggle), argument),
    deleteAnalyticsId: async () => (await import("../analytics/analyticsLibrary.ts")).deleteAnalyticsId(context),
    openLog,
    openSettings,
    openDashboard: async () => (await dashboards()).open(),
  });
}
