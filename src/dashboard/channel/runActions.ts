import { requestOf } from "./repeatRun.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { curlLine } from "./curlLine.ts";
import type { DashboardDeps } from "./dashboardDeps.ts";
import type { EditorActions } from "./editorActions.ts";

/** What shells take as one line, in characters: the Command Prompt 8191 in all, others 128 KiB for one argument. */
const LONGEST_REQUEST = { windows: 7500, others: 100_000 } as const;

/** Requests what was requested once more, in the name of the user. */
export async function runAgain(parts: DashboardDeps, executionId: string): Promise<{ executionId: string }> {
  const { execution } = await parts.getRun(executionId);
  return { executionId: await parts.submit(requestOf(execution)) };
}

/** Copies the request of a run as a curl command which takes the token from a variable of the shell. */
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
  const line = curlLine(url, isWindows ? "%TOKEN%" : "$TOKEN", request, process.platform);
  await editorActions.copy(line, "curl command copied to the clipboard. Set TOKEN to your token before you run it.");
}

export async function copyRunOutput(
  parts: DashboardDeps,
  editorActions: EditorActions,
  executionId: string,
): Promise<void> {
  const { output } = (await parts.getRun(executionId)).execution;
  await editorActions.copy(output, "Output copied to the clipboard.");
}

/** Cancels what runs and waits at the time of the question; the newest first, so that none of them starts meanwhile. */
export async function cancelAll(parts: DashboardDeps, editorActions: EditorActions): Promise<{ isDone: boolean }> {
  const ids = parts.active().map(({ id }) => id);
  if (ids.length > 1) {
    const detail = "Queued runs will not start. Editor commands that are already running cannot be stopped.";
    const isSure = await editorActions.confirm(`Cancel all ${ids.length} runs?`, detail, "Cancel All", "Keep Running");
    if (!isSure) return { isDone: false };
  }
  // One that has ended meanwhile may be gone.
  await Promise.allSettled(ids.toReversed().map((id) => parts.cancel(id)));
  return { isDone: true };
}
