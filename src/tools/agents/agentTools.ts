import type { Logger } from "../../base/logger.ts";
import type { OpenAgentTools } from "../../core/models/agentTools.ts";
import type { Windows } from "../../server/windows/windows.ts";
import { bridgeTools, type BridgeToolsDeps } from "../table/bridgeTools.ts";
import { type Approval, Approvals } from "./approvals.ts";
import { TurnTools } from "./turnTools.ts";

export interface AgentToolsDeps extends BridgeToolsDeps {
  readonly windows: Windows;
  /** Returns the setting, which may change at any time. */
  readonly approval: () => Approval;
  readonly logger: Logger;
}

/** Creates what opens the tools of the bridge for the turns of models. */
export function createAgentTools(deps: AgentToolsDeps): OpenAgentTools {
  const { core, placement, windows, approval, logger } = deps;
  const { table, runs } = bridgeTools(deps);
  const approvals = new Approvals(approval);
  return async (context, engineId) => {
    const { executionId } = context;
    const sessionId = core.executions.get(executionId)?.sessionId ?? executionId;
    const forTurn = approvals.forTurn(context, sessionId);
    const { dispatcher } = core;
    return new TurnTools(
      { dispatcher, runs, windows, windowId: placement.windowId, approvals: forTurn, logger },
      { context, caller: dispatcher.agentCaller(executionId, engineId), agent: engineId, tools: table.tools },
    );
  };
}
