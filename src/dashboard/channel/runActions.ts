import { requestOf } from "./repeatRun.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { curlLine, tokenVariable } from "./curlLine.ts";
import type { DashboardDeps } from "./dashboardDeps.ts";
import type { EditorActions } from "./editorActions.ts";

/** The longest request on one command line, in characters: the Command Prompt takes 8191 in all, others 128 KiB per argument. */
const LONGEST_REQUEST = { windows: 7500, others: 100_000 } as const;

/** Repeats the request of a run on behalf of the user, in its window. */
export async function runAgain(parts: DashboardDeps, executionId: string): Promise<{ executionId: string }> {
  const { execution } = await parts.getRun(executionId);
  return { executionId: await parts.submit({ ...requestOf(execution), windowId: execution.windowId }) };
}

/** Copies the request of a run as a curl command that reads the token from a shell variable. */
export async function copyRunCurl(
  parts: DashboardDeps,
  editorActions: EditorActions,
  { executionId, url }: { readonly executionId: string; readonly url: string },
): Promise<void> {
  const request = requestOf((await parts.getRun(executionId)).execution);
  const isWindows = process.platform === "win32";
  if (JSON.stringify(request).length > LONGEST_REQUEST[isWindows ? "windows" : "others"]) {
    throw new BridgeError("PAYLOAD_TOO_LARGE", "The request is too long for a command line. Export the run instead.");
  }
  const line = curlLine(url, tokenVariable(process.platform), request, process.platform);
  await editorActions.copy(line, "curl");
}

export async function copyRunOutput(
  parts: DashboardDeps,
  editorActions: EditorActions,
  executionId: string,
): Promise<void> {
  const { output } = (await parts.getRun(executionId)).execution;
  await editorActions.copy(output, "output");
}

/**
 * Cancels the executions that are active when the user is asked, newest first, so that no queued one starts.
 * @param windowId the only window; undefined for all
 */
export async function cancelAll(
  parts: DashboardDeps,
  editorActions: EditorActions,
  windowId: string | undefined,
): Promise<{ isDone: boolean }> {
  const ids = parts
    .active()
    .filter((record) => windowId === undefined || record.windowId === windowId)
    .map(({ id }) => id);
  if (ids.length > 1) {
    const isSure = await editorActions.confirm({ kind: "cancel-all", runs: ids.length });
    if (!isSure) return { isDone: false };
  }
  // An execution that has ended in the meantime cannot be cancelled.
  await Promise.allSettled(ids.toReversed().map((id) => parts.cancel(id)));
  return { isDone: true };
}
