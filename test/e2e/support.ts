import { type BridgeWindow, type BridgeWindowOptions, openWindowWithBridge } from "../support/editor/bridgeWindow.ts";
import { runsCodeServer } from "../support/editor/codeServerInstall.ts";

/** A suite that drives an editor in a browser: it needs code-server, and is pending where there is none. */
export const describeInBrowser = runsCodeServer ? describe : describe.skip;

/** Deadlines for a machine whose processors are busy with other things: none of them is a measure of anything. */
export const SUITE_TIMEOUT_MS = 600_000;
/** An editor starts, or a window is reloaded. */
export const START_DEADLINE_MS = 180_000;
/** Something is seen, or a click has its effect. */
export const SEE_DEADLINE_MS = 120_000;

/** See `openWindowWithBridge`; with the deadlines of these suites. */
export function openBridgeWindow(
  options: Omit<BridgeWindowOptions, "actionDeadlineMs" | "startDeadlineMs">,
): Promise<BridgeWindow> {
  return openWindowWithBridge({ ...options, actionDeadlineMs: SEE_DEADLINE_MS, startDeadlineMs: START_DEADLINE_MS });
}
