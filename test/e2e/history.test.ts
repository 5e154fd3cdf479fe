import assert from "node:assert/strict";
import * as z from "zod";
import { executionListSchema, type ExecutionRecord } from "../../src/protocol/executions.ts";
import { type Discovery, waitForDiscovery } from "../support/editor/bridge.ts";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { eventually } from "../support/editor/deadline.ts";
import { EditorSession } from "../support/editor/editorSession.ts";
import { vsixPath } from "../support/editor/paths.ts";
import { describeInBrowser, SEE_DEADLINE_MS, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

const ENDED_RUNS = 20;

async function send(bridge: Discovery, path: string, body?: object): Promise<unknown> {
  const headers = {
    Authorization: `Bearer ${bridge.token}`,
    "Content-Type": "application/json",
    Prefer: "respond-async",
  };
  const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await fetch(`${bridge.url}${path}`, { ...init, signal: AbortSignal.timeout(SEE_DEADLINE_MS) });
  return answer.json();
}

async function runs(bridge: Discovery): Promise<ExecutionRecord[]> {
  return executionListSchema.parse(await send(bridge, "/api/kiro/executions?limit=200")).executions;
}

describeInBrowser("An extension host that is killed during work", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;

  before(async () => {
    session = await EditorSession.start({
      install: await installCodeServer("newest"),
      vsix: vsixPath,
      machineSettings: { "kiroBridge.cli.path": "simulator" },
    });
    await session.openWindow({ folder: await session.profile.createWorkspace("history") });
  });

  after(() => session?.end());

  it("leaves runs that the next window shows as interrupted, and loses nothing else", async () => {
    const first = await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);
    const ended: string[] = [];
    for (let count = 0; count < ENDED_RUNS; count++) {
      const command = { command: "workbench.action.closeSidebar", args: [`run ${count}`] };
      ended.push(
        z.object({ executionId: z.string() }).parse(await send(first, "/api/kiro/execute", command)).executionId,
      );
    }
    await send(first, "/api/kiro/execute", { command: "kiro.cli.chat", args: ["May I? [[fake:tool]]"] });
    const what = { deadlineMs: SEE_DEADLINE_MS };
    await eventually(
      async () => {
        const statuses = (await runs(first)).map(({ status }) => status);
        const isSo = statuses.filter((status) => status === "completed").length === ENDED_RUNS;
        return (isSo && statuses.includes("waiting-input")) || undefined;
      },
      { ...what, what: "the prompt to ask, and all else to end" },
    );

    // The editor starts another host automatically.
    process.kill(first.pid, "SIGKILL");
    const isAnother = ({ pid }: Discovery): boolean => pid !== first.pid;
    const second = await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS, isAnother);

    const found = await runs(second);
    const completed = found.filter(({ status }) => status === "completed").map(({ id }) => id);
    assert.deepEqual(new Set(completed), new Set(ended));
    const [interrupted, ...others] = found.filter(({ status }) => status !== "completed");
    assert.deepEqual(others, []);
    assert.equal(interrupted?.status, "interrupted");
    assert.match(interrupted.error ?? "", /window closed before/);
    assert.match(interrupted.args[0] ?? "", /May I/);
  });
});
