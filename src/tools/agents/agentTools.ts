import { within } from "../../base/deadline.ts";
import type { Logger } from "../../base/logger.ts";
import type { Approval } from "../../core/models/agentSettings.ts";
import type { OpenAgentTools } from "../../core/models/agentTools.ts";
import type { CoreDeps } from "../../server/serverModule.ts";
import type { Windows } from "../../server/windows/windows.ts";
import { noToolServers, type ToolServers } from "../servers/toolServers.ts";
import { bridgeTools, type BridgeToolsDeps } from "../table/bridgeTools.ts";
import { Approvals } from "./approvals.ts";
import { serverTools } from "./serverTools.ts";
import { TurnTools } from "./turnTools.ts";

export interface AgentToolsDeps extends Omit<BridgeToolsDeps, "core" | "hasEditor"> {
  readonly core: BridgeToolsDeps["core"] & { readonly status: Pick<CoreDeps["status"], "hasEditor"> };
  readonly windows: Windows;
  /** Returns the setting, which may change at any time. */
  readonly approval: () => Approval;
  /** The MCP servers of the user. Default: none. */
  readonly servers?: ToolServers;
  readonly logger: Logger;
}

/** Time in milliseconds for the MCP servers of the user to connect. A turn does without those that take longer. */
const SERVERS_MS = 10_000;

/** Creates what opens the tools of the bridge for the turns of models. */
export function createAgentTools(deps: AgentToolsDeps): OpenAgentTools {
  const { core, placement, windows, approval, servers = noToolServers, logger } = deps;
  const { table, runs, commandRuns } = bridgeTools({
    ...deps,
    // An agent works in its own window.
    hasEditor: () => core.status.hasEditor,
  });
  const approvals = new Approvals(approval);
  return async (context, engineId, signal) => {
    const { executionId } = context;
    const sessionId = core.executions.get(executionId)?.sessionId ?? executionId;
    const connected = await within(servers.ready(signal), SERVERS_MS, undefined);
    const own = table.tools;
    const names = own.map(({ name }) => name);
    const others = serverTools(connected ?? servers.tools(), names, commandRuns);
    const forTurn = approvals.forTurn(context, sessionId);
    const { dispatcher } = core;
    return new TurnTools(
      { dispatcher, runs, windows, windowId: placement.windowId, approvals: forTurn, logger },
      { context, caller: dispatcher.agentCaller(executionId, engineId), agent: engineId, tools: [...own, ...others] },
    );
  };
}
