import type { DashboardMethod, DashboardParams, DashboardResult } from "../../dashboard/contract/dashboard.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { parseRun } from "../runFile.ts";
import type { BridgeSource } from "./bridgeSource.ts";
import type { DashboardParts } from "./dashboardParts.ts";
import type { EditorDeeds } from "./editorActions.ts";
import { rowOf } from "../../dashboard/channel/executionRows.ts";
import { detailOf, importedRun } from "../../dashboard/channel/runDetail.ts";
import type { Subscription } from "./dashboardSubscription.ts";

type Actions = {
  readonly [M in DashboardMethod]: (params: DashboardParams<M>) => DashboardResult<M> | PromiseLike<DashboardResult<M>>;
};

/** What each method does. The type sees to it that none is forgotten and none is added. */
export function dashboardActions(
  source: Pick<BridgeSource, "state" | "parts">,
  deeds: EditorDeeds,
  subscription: Pick<Subscription, "begin" | "acknowledge">,
): Actions {
  const running = (): DashboardParts => runningParts(source);
  return {
    subscribe: (params) => subscription.begin(params),
    acknowledge: () => subscription.acknowledge(),
    status: () => source.state,
    start: () => deeds.run("start"),
    stop: () => deeds.run("stop"),
    restart: () => deeds.run("restart"),
    copyAddress: () => deeds.run("copyAddress"),
    copyToken: () => deeds.run("copyToken"),
    copyCurl: () => deeds.run("copyCurl"),
    listExecutions: async (query) => {
      const { executions, nextCursor } = await running().listExecutions(query);
      const rows = executions.map((record) => rowOf(record, "list"));
      return { rows, ...(nextCursor !== undefined && { nextCursor }) };
    },
    getExecution: async ({ executionId }) => detailOf(await running().getRun(executionId)),
    openOutput: async ({ executionId }) => {
      const { output } = (await running().getRun(executionId)).execution;
      return deeds.openText(output, isJson(output) ? "json" : "markdown");
    },
    cancel: async ({ executionId }) => ({ how: (await running().cancel(executionId)).how }),
    input: (answer) => running().answer(answer),
    metrics: () => running().metrics(),
    clients: () => running().clients(),
    disconnect: ({ clientId }) => {
      if (!running().disconnect(clientId)) throw new BridgeError("NOT_FOUND", "This client is no longer connected.");
    },
    clearHistory: () => clearHistory(running(), deeds),
    exportRun: ({ executionId }) => exportRun(running(), deeds, executionId),
    openRun: async () => {
      const text = await deeds.pickFile("Open Run");
      return text === undefined ? {} : { detail: importedRun(parseRun(text)) };
    },
    openSettings: () => deeds.run("openSettings"),
    openLog: () => deeds.run("openLog"),
    diagnose: () => deeds.run("diagnoseCli"),
    askCli: () => deeds.run("askCli"),
    useSimulator: () => deeds.run("useSimulator"),
    manageTrust: () => deeds.manageTrust(),
  };
}

function runningParts({ parts }: Pick<BridgeSource, "parts">): DashboardParts {
  if (parts !== undefined) return parts;
  throw new BridgeError("KIRO_UNAVAILABLE", "The bridge is off. Start it first.", { reason: "not_running" });
}

async function clearHistory(parts: DashboardParts, deeds: EditorDeeds): Promise<{ isCleared: boolean }> {
  const detail = "This clears history for all windows. Running commands continue.";
  const isSure = await deeds.confirm("Clear the Kiro Bridge history?", detail, "Clear History");
  if (isSure) await parts.clearHistory();
  return { isCleared: isSure };
}

async function exportRun(parts: DashboardParts, deeds: EditorDeeds, id: string): Promise<{ isSaved: boolean }> {
  const run = await parts.exportRun(id);
  return { isSaved: await deeds.saveFile(`${id}.json`, JSON.stringify(run, undefined, 2)) };
}

/** A longer text is not parsed to learn what it is, in characters. */
const LONGEST_PARSED = 1024 * 1024;

function isJson(text: string): boolean {
  if (!/^\s{0,100}[[{]/.test(text)) return false;
  if (text.length > LONGEST_PARSED) return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
