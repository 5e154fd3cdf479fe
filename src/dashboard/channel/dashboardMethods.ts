import { bindMethods, type Method } from "../../channel/channel.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { accessMethods } from "../contract/access.ts";
import type { auditMethods } from "../contract/audit.ts";
import type { exportMethods } from "../contract/exports.ts";
import type { modelMethods } from "../contract/models.ts";
import type { pluginMethods } from "../contract/plugins.ts";
import {
  dashboardMethods,
  type DashboardMethod,
  type DashboardParams,
  type DashboardResult,
} from "../contract/dashboard.ts";
import { bridgeOff } from "../../protocol/unavailable.ts";
import { accessView, createToken, decidePairing, revokeAccess } from "./accessActions.ts";
import { auditPage, auditVerification } from "./auditActions.ts";
import type { BridgeSource } from "./bridgeSource.ts";
import type { DashboardDeps } from "./dashboardDeps.ts";
import type { DashboardSubscription } from "./dashboardSubscription.ts";
import type { EditorActions } from "./editorActions.ts";
import { removeLetters } from "./exportActions.ts";
import { rowOf } from "./executionRows.ts";
import { modelsView } from "./modelActions.ts";
import { removeDeadLetter } from "./pluginActions.ts";
import { cancelAll, copyRunCurl, copyRunOutput, runAgain } from "./runActions.ts";
import { detailOf, importedRun } from "./runDetail.ts";

type Handlers = {
  readonly [M in DashboardMethod]: (params: DashboardParams<M>) => DashboardResult<M> | PromiseLike<DashboardResult<M>>;
};

interface DashboardParts {
  readonly source: Pick<BridgeSource, "state" | "parts">;
  readonly editorActions: EditorActions;
  readonly subscription: Pick<DashboardSubscription, "begin" | "acknowledge">;
}

/**
 * The methods of one dashboard. The type of the table ensures that none is missing or added.
 * @param assertMayCall throws for a method that the page may not call. Default: it may call all
 */
export function methodsOfDashboard(
  parts: DashboardParts,
  assertMayCall: (method: string) => void = () => undefined,
): ReadonlyMap<string, Method> {
  return bindMethods({ schemas: dashboardMethods, handlers: handlersOf(parts) }, (method, params) => {
    assertMayCall(method);
    return params;
  });
}

function handlersOf({ source, editorActions, subscription }: DashboardParts): Handlers {
  const running = (): DashboardDeps => runningParts(source);
  return {
    subscribe: (params) => subscription.begin(params),
    acknowledge: () => subscription.acknowledge(),
    status: () => source.state,
    start: () => editorActions.run("start"),
    stop: () => editorActions.run("stop"),
    restart: () => editorActions.run("restart"),
    copyAddress: () => editorActions.run("copyAddress"),
    copyToken: () => editorActions.run("copyToken"),
    copyCurl: () => editorActions.run("copyCurl"),
    listExecutions: async (query) => {
      const { executions, nextCursor } = await running().listExecutions(query);
      const rows = executions.map((record) => rowOf(record, "list"));
      return { rows, ...(nextCursor !== undefined && { nextCursor }) };
    },
    getExecution: async ({ executionId }) => detailOf(await running().getRun(executionId)),
    openOutput: async ({ executionId }) => {
      const { output } = (await running().getRun(executionId)).execution;
      return editorActions.openText(output, isJson(output) ? "json" : "markdown");
    },
    cancel: async ({ executionId }) => ({ how: (await running().cancel(executionId)).how }),
    cancelAll: (params) => cancelAll(running(), editorActions, params?.windowId),
    runAgain: ({ executionId }) => runAgain(running(), executionId),
    copyRunCurl: ({ executionId }) =>
      copyRunCurl(running(), editorActions, { executionId, url: source.state.server.url ?? "" }),
    copyRunOutput: ({ executionId }) => copyRunOutput(running(), editorActions, executionId),
    copyText: ({ text }) => editorActions.copy(text, "text"),
    queue: async () => ({ positions: Object.fromEntries(await running().queuePositions()) }),
    input: (answer) => running().answer(answer),
    metrics: (params) => running().metrics(params?.windowId),
    clients: () => running().clients(),
    disconnect: ({ clientId }) => {
      if (!running().disconnect(clientId)) throw new BridgeError("NOT_FOUND", "This client is no longer connected.");
    },
    clearHistory: () => clearHistory(running(), editorActions),
    exportRun: async ({ executionId }) => ({
      isSaved: await editorActions.saveRun(await running().exportRun(executionId)),
    }),
    openRun: async () => {
      const run = await editorActions.openRun();
      return run === undefined ? {} : { detail: importedRun(run) };
    },
    openSettings: () => editorActions.run("openSettings"),
    openLog: () => editorActions.run("openLog"),
    diagnose: () => editorActions.run("diagnoseCli"),
    askCli: () => editorActions.run("askCli"),
    useSimulator: () => editorActions.run("useSimulator"),
    manageTrust: () => editorActions.manageTrust(),
    ...accessHandlers(running, editorActions),
    ...extraHandlers(running, editorActions),
  };
}

function accessHandlers(
  running: () => DashboardDeps,
  editorActions: EditorActions,
): Pick<Handlers, keyof typeof accessMethods | keyof typeof auditMethods> {
  return {
    access: () => accessView(running().access, running().connections()),
    decidePairing: ({ requestId, decision }) => decidePairing(running(), requestId, decision),
    revokeAccess: ({ clientId }) => revokeAccess(running(), editorActions, clientId),
    createToken: (grant) => createToken(running(), grant),
    auditPage: (query) => auditPage(running().audit, query),
    verifyAudit: () => auditVerification(running().audit),
    exportAudit: () => editorActions.run("exportAudit"),
  };
}

/** The methods of parts that most users do not have. */
function extraHandlers(running: () => DashboardDeps, editorActions: EditorActions) {
  return {
    ...pluginHandlers(running, editorActions),
    ...modelHandlers(running, editorActions),
    ...exportHandlers(running, editorActions),
    conversations: () => running().conversations(),
  };
}

function pluginHandlers(
  running: () => DashboardDeps,
  editorActions: EditorActions,
): Pick<Handlers, keyof typeof pluginMethods> {
  return {
    plugins: () => running().plugins.view(),
    resendDeadLetter: ({ id }) => running().plugins.resendDeadLetter(id),
    removeDeadLetter: ({ id }) => removeDeadLetter(running().plugins, editorActions, id),
    startPlugin: ({ name }) => editorActions.run("startPlugin", name),
  };
}

function modelHandlers(
  running: () => DashboardDeps,
  editorActions: EditorActions,
): Pick<Handlers, keyof typeof modelMethods> {
  return {
    models: () => modelsView(running().models),
    addModel: () => editorActions.run("addModel"),
    setModelKey: ({ id }) => editorActions.run("setModelKey", id),
  };
}

function exportHandlers(
  running: () => DashboardDeps,
  editorActions: EditorActions,
): Pick<Handlers, keyof typeof exportMethods> {
  return {
    exports: () => running().exports.view(),
    testExport: (place) => running().exports.test(place),
    exportLetters: (place) => running().exports.letters(place),
    replayExportLetters: async (place) => ({ replayed: await running().exports.replay(place) }),
    removeExportLetters: (place) => removeLetters(running().exports, editorActions, place),
    setExportSecret: ({ name }) => editorActions.run("setExportSecret", name),
    openExportSettings: () => editorActions.run("openSettings", "exports"),
    openExportGuide: () => editorActions.openDocument("exports.md"),
  };
}

function runningParts({ parts }: Pick<BridgeSource, "parts">): DashboardDeps {
  if (parts !== undefined) return parts;
  throw bridgeOff();
}

async function clearHistory(parts: DashboardDeps, editorActions: EditorActions): Promise<{ isCleared: boolean }> {
  const isSure = await editorActions.confirmClearHistory();
  if (isSure) await parts.clearHistory();
  return { isCleared: isSure };
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
