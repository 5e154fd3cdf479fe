import assert from "node:assert/strict";
import * as z from "zod";
import { healthSchema } from "../../src/protocol/status.ts";
import { askHealth, type Discovery, execute, waitForDiscovery } from "../support/editor/bridge.ts";
import { eventually } from "../support/editor/deadline.ts";
import type { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import {
  describeInBrowser,
  SEE_DEADLINE_MS,
  START_DEADLINE_MS,
  SUITE_TIMEOUT_MS,
  openBridgeWindow,
} from "./support.ts";

const command = { command: "workbench.action.closeSidebar" };
const failure = z.object({ code: z.string(), context: z.object({ reason: z.string() }) });

describeInBrowser("A window whose page does not answer", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let window: EditorWindow;
  let bridge: Discovery;
  let folder: string;

  before(async () => {
    ({ session, window, bridge, folder } = await openBridgeWindow({ name: "ghost" }));
  });

  after(() => session?.end());

  function becomes(status: "healthy" | "unhealthy"): Promise<true> {
    const look = async () => ((await askHealth(bridge.url)) === status ? true : undefined);
    return eventually(look, { what: `a bridge that is ${status}`, deadlineMs: SEE_DEADLINE_MS, everyMs: 200 });
  }

  async function assertGone(): Promise<void> {
    const answer = await fetch(`${bridge.url}/health`);
    assert.equal(answer.status, 503);
    assert.equal(healthSchema.parse(await answer.json()).reason, "window_disconnected");
    const refused = await execute(bridge, command);
    assert.equal(refused.status, 503);
    const { code, context } = failure.parse(refused.body);
    assert.deepEqual([code, context.reason], ["KIRO_UNAVAILABLE", "window_disconnected"]);
  }

  it("is unhealthy while the page hangs, rejects its commands, and recovers", async () => {
    assert.equal((await execute(bridge, command)).status, 200);
    const thaw = await window.freeze();
    try {
      const hanging = execute(bridge, command);
      await becomes("unhealthy");
      await assertGone();
      assert.equal((await hanging).status, 503);
    } finally {
      await thaw();
    }
    await becomes("healthy");
    assert.equal((await execute(bridge, command)).status, 200);
  });

  it("is unhealthy once the page is closed, and still runs Kiro CLI prompts", async () => {
    await window.vanish();
    await becomes("unhealthy");
    await assertGone();
    const prompt = await execute(bridge, { command: "Hello", target: "cli" });
    assert.equal(prompt.status, 200);
  });

  it("is joined by a healthy one when the page is opened again, which then gets the requests", async () => {
    await session.openWindow({ folder });
    const hasJoined = ({ windows }: Discovery): boolean => windows.length === 2;
    await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS, hasJoined);
    const isRun = async () => ((await execute(bridge, command)).status === 200 ? true : undefined);
    await eventually(isRun, { what: "a command that runs", deadlineMs: SEE_DEADLINE_MS, everyMs: 200 });
    await becomes("healthy");
  });
});
