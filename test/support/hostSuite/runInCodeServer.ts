import type { CodeServerInstall } from "../editor/codeServerInstall.ts";
import { withDeadline } from "../editor/deadline.ts";
import { EditorSession } from "../editor/editorSession.ts";
import type { HostRun } from "./hostRun.ts";

/** Runs the in-host tests in a code-server window. Settles with 0 or 1 as the tests say; everything started is ended. */
export async function runInCodeServer(install: CodeServerInstall, run: HostRun): Promise<number> {
  const session = await EditorSession.start({ install, vsix: run.vsix, runsTests: true });
  try {
    const folder = await session.profile.createWorkspace("host-workspace");
    const development = { extension: run.developed, tests: run.tests };
    const window = await session.openWindow({ folder }, { development, onHostLog: (text) => run.lines.take(text) });
    return await withDeadline(window.testsEnded, run.deadlineMs, "the tests inside the extension host to end");
  } finally {
    await session.end();
  }
}
