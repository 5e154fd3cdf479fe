import type { Clock } from "../../base/clock.ts";
import type { CoreDeps } from "../../server/serverModule.ts";
import type { Placement } from "../../server/windows/placement.ts";
import { CommandRuns } from "../runs/commandRuns.ts";
import { Runs } from "../runs/runs.ts";
import { agentTool } from "./agentTool.ts";
import { commandTools, pinnedTools } from "./commandTools.ts";
import { editorTools } from "./editorTools.ts";
import { executionTools } from "./executionTools.ts";
import { ToolTable } from "./toolTable.ts";

export interface BridgeToolsDeps {
  readonly core: Pick<CoreDeps, "agentChoice" | "catalog" | "dispatcher" | "executions" | "events" | "history">;
  readonly placement: Pick<Placement, "destinationIn" | "windowId">;
  /** Returns whether there is an editor for the calls, which may change at any time. */
  readonly hasEditor: () => boolean;
  /** Returns the setting, which may change at any time. */
  readonly pinnedCommands: () => readonly string[];
  readonly clock: Clock;
}

/** The tools of the bridge, and the executions of their calls. */
export interface BridgeTools {
  readonly table: ToolTable;
  readonly runs: Runs;
  readonly commandRuns: CommandRuns;
}

/** Makes the tools of the bridge, which all their callers share. */
export function bridgeTools({ core, placement, hasEditor, pinnedCommands, clock }: BridgeToolsDeps): BridgeTools {
  const runs = new Runs({ core, placement, clock });
  const commandRuns = new CommandRuns(runs);
  const ofCommands = commandTools({ catalog: core.catalog, placement, commandRuns });
  const ofEditors = editorTools(commandRuns);
  const ofAgents = [
    agentTool(commandRuns, core.agentChoice),
    ...executionTools({ history: core.history, runs, clock }),
  ];
  const table = new ToolTable({
    builtIn: (isThere) => [...ofCommands, ...(isThere ? ofEditors : []), ...ofAgents],
    hasEditor,
    pin: (ids) => pinnedTools(ids, { commandRuns }),
    pinnedIds: pinnedCommands,
  });
  return { table, runs, commandRuns };
}
