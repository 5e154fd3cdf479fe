import * as z from "zod";
import { editorUser } from "../../../core/access/principal.ts";
import type { BridgeError } from "../../../protocol/errors.ts";
import { isFinal } from "../../../protocol/executionStatus.ts";
import { cancelResponseSchema, type ExecuteRequest } from "../../../protocol/executions.ts";
import { inputResponseSchema } from "../../../protocol/input.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import type { OtherWindow, Windows } from "../../../server/windows/windows.ts";
import type { DashboardParams } from "../../contract/dashboard.ts";
import { isReadableBy, isShownTo, shownMetrics, visibleRuns } from "../callers/callerView.ts";
import { latestFirst } from "../latestFirst.ts";
import type { DashboardDeps } from "../dashboardDeps.ts";
import { exportsOfAll } from "./exportsOfAll.ts";
import {
  callWindow,
  conversationsSchema,
  enginesSchema,
  exportedRunSchema,
  listSchema,
  metricsSchema,
  queueSchema,
  recordedRunSchema,
  WINDOW_PATHS,
} from "./windowCalls.ts";

/** Timeout in milliseconds for a part of a list or a number: the others are shown without it. */
const PART_MS = 3000;
/** Maximum size of one run in bytes. */
const MAX_RUN_BYTES = 96 * 1024 * 1024;

const merging = () => import("./mergingLibrary.ts");

const accepted = z.object({ executionId: z.string() });
const nothing = z.unknown();

/**
 * Returns what a dashboard needs of all windows at the address, as their owner: what belongs to one window is asked of that
 * window, and lists are merged. A window that does not respond is left out of them.
 * @param own what a dashboard needs of this window
 * @param home the window of the dashboard
 */
export function depsOfAllWindows(own: DashboardDeps, windows: Windows, home: string = own.windowId): DashboardDeps {
  const { caller } = own;
  const runs = runsOf(own, windows);
  return {
    ...own,
    get epoch() {
      return own.epoch;
    },
    active: () => [...own.active(), ...windows.others.flatMap((window) => window.active().filter(isShownTo(caller)))],
    listExecutions: (query) => listOf(own, windows, query),
    ...visibleRuns(readersOf(own, runs), caller),
    clearHistory: () => clearAll(own, windows),
    submit: (request) => submit(own, windows, { ...request, home }),
    queuePositions: async () => {
      const queuing = windows.others.filter((window) => window.active().some(({ status }) => status === "queued"));
      const shown = new Set(queuing.flatMap((window) => window.active().filter(isShownTo(caller))).map(({ id }) => id));
      const queues = await partsOf(queuing, WINDOW_PATHS.queue, queueSchema);
      const others = queues.flatMap(({ positions }) => Object.entries(positions));
      return new Map([...(await own.queuePositions()), ...others.filter(([id]) => shown.has(id))]);
    },
    ...controlsOf(own, runs),
    metrics: async (windowId) => {
      if (windowId === own.windowId) return own.metrics();
      const asked = windows.others.filter(({ record }) => windowId === undefined || record.id === windowId);
      const others = await partsOf(asked, WINDOW_PATHS.metrics, metricsSchema);
      if (windowId === undefined)
        return shownMetrics((await merging()).mergeMetrics(await own.metrics(), others), caller);
      const [only] = others;
      if (only === undefined) throw notResponding();
      return shownMetrics(only, caller);
    },
    models: modelsOf(own, windows, home),
    exports: exportsOfAll(own, windows, home),
    conversations: () => conversationsOf(own, windows),
  };
}

/** Returns the ways to read a run, in its window. */
function readersOf(own: DashboardDeps, runs: Runs): Pick<DashboardDeps, "getRun" | "exportRun"> {
  return {
    getRun: (id) =>
      runs.read(
        id,
        (window) => getRun(window, id),
        () => own.getRun(id),
      ),
    exportRun: (id) =>
      runs.read(
        id,
        (window) => exportRun(window, id),
        () => own.exportRun(id),
      ),
  };
}

/** Returns the ways to control a run, in its window. */
function controlsOf(own: DashboardDeps, runs: Runs): Pick<DashboardDeps, "cancel" | "answer"> {
  const { caller } = own;
  return {
    cancel: (id) =>
      runs.act(
        id,
        (window) =>
          callWindow(
            window,
            { method: "POST", path: `/api/kiro/executions/${id}/cancel`, caller },
            cancelResponseSchema,
          ),
        () => own.cancel(id),
      ),
    answer: (input) =>
      runs.act(
        input.executionId,
        (window) =>
          callWindow(window, { method: "POST", path: "/api/kiro/input", body: input, caller }, inputResponseSchema),
        () => own.answer(input),
      ),
  };
}

async function conversationsOf(own: Pick<DashboardDeps, "conversations">, windows: Windows) {
  const others = await partsOf(windows.others, WINDOW_PATHS.conversations, conversationsSchema);
  return latestFirst([...(await own.conversations()), ...others.flatMap(({ conversations }) => conversations)]);
}

/** Returns the engines of all windows, those of the window of the dashboard first. */
function modelsOf(
  { models: own }: Pick<DashboardDeps, "models">,
  windows: Windows,
  home: string,
): DashboardDeps["models"] {
  return {
    ...own,
    windows: async () => {
      const others = await partsOf(windows.others, WINDOW_PATHS.engines, enginesSchema);
      const all = [...(await own.windows()), ...others.flatMap((part) => part.windows)];
      return [...all.filter((one) => one.windowId === home), ...all.filter((one) => one.windowId !== home)];
    },
  };
}

/** The window of a run, which is asked for it. */
interface Runs {
  /** Reads from the files that all windows share if the window does not respond. */
  read<T>(id: string, there: (window: OtherWindow) => Promise<T>, here: () => Promise<T>): Promise<T>;
  act<T>(id: string, there: (window: OtherWindow) => Promise<T>, here: () => T | PromiseLike<T>): Promise<T>;
}

function runsOf(own: Pick<DashboardDeps, "windowId">, windows: Windows): Runs {
  return {
    read: async (id, there, here) => {
      const window = windows.ofExecution(id);
      if (window === undefined) return here();
      try {
        return await there(window);
      } catch (error) {
        return here().catch(() => {
          throw error;
        });
      }
    },
    act: async (id, there, here) => {
      const window = windows.ofExecution(id);
      return window === undefined || window.record.id === own.windowId ? here() : there(window);
    },
  };
}

function getRun(window: OtherWindow, id: string) {
  const call = { method: "GET", path: WINDOW_PATHS.run(id), caller: editorUser, maxBytes: MAX_RUN_BYTES } as const;
  return callWindow(window, call, recordedRunSchema);
}

function exportRun(window: OtherWindow, id: string) {
  const call = {
    method: "GET",
    path: WINDOW_PATHS.runExport(id),
    caller: editorUser,
    maxBytes: MAX_RUN_BYTES,
  } as const;
  return callWindow(window, call, exportedRunSchema);
}

/** The files that all windows share have most; each window has the executions that it has not written, or never writes. */
async function listOf(own: DashboardDeps, windows: Windows, query: DashboardParams<"listExecutions">) {
  const { windowId, ...shared } = query;
  const asked = windows.others.filter(({ record }) => windowId === undefined || windowId === record.id);
  const path = `${WINDOW_PATHS.history}?${new URLSearchParams(textsOf(shared)).toString()}`;
  const listing = partsOf(asked, path, listSchema);
  const [ownList, others] = await Promise.all([own.listExecutions(query), listing]);
  const { executions, ...rest } = (await merging()).mergeLists([ownList, ...others]);
  return { ...rest, executions: executions.filter(isReadableBy(own.caller)).filter(({ status }) => isFinal(status)) };
}

function textsOf(query: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/**
 * Reads a part of several windows, without those that do not respond. The endpoints are for windows of the user, and return
 * everything: what the caller may not see is removed here.
 */
async function partsOf<S extends z.ZodType>(
  windows: readonly OtherWindow[],
  path: string,
  schema: S,
): Promise<z.infer<S>[]> {
  const call = { method: "GET", path, caller: editorUser, timeoutMs: PART_MS } as const;
  const parts = await Promise.allSettled(windows.map((window) => callWindow(window, call, schema)));
  return parts.flatMap((part) => (part.status === "fulfilled" ? [part.value] : []));
}

async function clearAll(own: DashboardDeps, { others }: Windows): Promise<void> {
  await own.clearHistory();
  const cleared = await Promise.allSettled(
    others.map((window) =>
      callWindow(
        window,
        { method: "DELETE", path: WINDOW_PATHS.history, caller: editorUser, timeoutMs: PART_MS },
        nothing,
      ),
    ),
  );
  const failed = cleared.filter(({ status }) => status === "rejected").length;
  if (failed === 0) return;
  throw unavailable(
    "window-gone",
    `${failed === 1 ? "One window does" : `${failed} windows do`} not respond, so its latest history was not cleared.`,
  );
}

/** Runs a request in its window; if that was closed, where its folder is open, else in the window of the dashboard. */
async function submit(
  own: DashboardDeps,
  windows: Windows,
  request: ExecuteRequest & { readonly home: string },
): Promise<string> {
  const { windowId: _original, home: _home, ...rest } = request;
  const window = await windowOf(own, windows, request);
  if (window === undefined) return own.submit(rest);
  const headers = { Prefer: "respond-async" };
  const call = { method: "POST", path: "/api/kiro/execute", body: rest, headers, caller: own.caller } as const;
  return (await callWindow(window, call, accepted)).executionId;
}

async function windowOf(
  own: DashboardDeps,
  windows: Windows,
  { windowId = "", workspacePath, home }: ExecuteRequest & { readonly home: string },
): Promise<OtherWindow | undefined> {
  if (windowId === own.windowId) return undefined;
  const other = (id: string): OtherWindow | undefined => windows.others.find(({ record }) => record.id === id);
  const known = other(windowId);
  if (known !== undefined) return known;
  if (workspacePath === undefined) return other(home);
  const destination = await windows.destinationOf({ workspacePath });
  return destination.kind === "window" ? destination.window : undefined;
}

function notResponding(): BridgeError {
  return unavailable("window-gone", "The window does not respond.");
}
