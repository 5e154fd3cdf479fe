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
  readonly core: Pick<CoreDeps, "agentChoice" | "catalog" | "dispatcher" | "executions" | "events" | "history"> & {
    readonly status: Pick<CoreDeps["status"], "hasEditor">;
  };
  readonly placement: Pick<Placement, "destinationIn" | "windowId">;
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
export function bridgeTools({ core, placement, pinnedCommands, clock }: BridgeToolsDeps): BridgeTools {
  const runs = new Runs({ core, placement, clock });
  const commandRuns = new CommandRuns(runs);
  const table = new ToolTable(
    [
      ...commandTools({ catalog: core.catalog, placement, commandRuns }),
      ...(core.status.hasEditor ? editorTools(commandRuns) : []),
      agentTool(commandRuns, core.agentChoice),
      ...executionTools({ history: core.history, runs, clock }),
    ],
    (ids) => pinnedTools(ids, { commandRuns }),
    pinnedCommands,
  );
  return { table, runs, commandRuns };
}
