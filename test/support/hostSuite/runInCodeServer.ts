import { join } from "node:path";
import type { CodeServerInstall } from "../editor/codeServerInstall.ts";
import { withDeadline } from "../editor/deadline.ts";
import { EditorSession } from "../editor/editorSession.ts";
import type { EditorWindow } from "../editor/editorWindow.ts";
import { testOutput } from "../editor/paths.ts";
import type { HostRun } from "./hostRun.ts";

/** An extension host that has not begun by then does not come any more: its window has given up the connection. */
const BEGIN_DEADLINE_MS = 180_000;

/**
 * As in a desktop editor. In a browser, the default is to save a second after a change: what a test has not meant to be
 * saved would be in a file as soon as the machine is busy, and settings that are no JSON keep every other test from changing
 * any.
 */
const userSettings = { "files.autoSave": "off" };

/** Runs the in-host tests in a code-server window. Settles with 0 or 1 as the tests say; everything started is ended. */
export async function runInCodeServer(install: CodeServerInstall, run: HostRun): Promise<number> {
  const session = await EditorSession.start({ install, vsix: run.vsix, userSettings, runsTests: true });
  try {
    const folder = await session.profile.createWorkspace("host-workspace");
    const development = { extension: run.developed, tests: run.tests };
    const window = await session.openWindow({ folder }, { development, onHostLog: (text) => run.lines.take(text) });
    await beginIn(window, session, run).catch(() => window.reload());
    return await withDeadline(window.testsEnded, run.deadlineMs, "the tests inside the extension host to end");
  } finally {
    await session.end();
  }
}

/** Rejects, and says what it saw, when no test module was called in time. */
async function beginIn(window: EditorWindow, session: EditorSession, { lines }: HostRun): Promise<void> {
  const begun = Promise.race([lines.begun, window.testsEnded]);
  try {
    await withDeadline(begun, BEGIN_DEADLINE_MS, "the tests to begin inside the extension host");
  } catch (error) {
    const screen = join(testOutput, "screens", "hostSuite.png");
    await window.screenshot(screen).catch(() => undefined);
    const said = `The page said:\n${window.complaints.join("\n")}\nThe server said:\n${session.server.output}`;
    console.error(`${String(error)} The window is reloaded; ${screen} shows it.\n${said}`);
    throw error;
  }
}
