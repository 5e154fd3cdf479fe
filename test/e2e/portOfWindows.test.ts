import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type Discovery, execute, waitForDiscovery } from "../support/editor/bridge.ts";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { eventually } from "../support/editor/deadline.ts";
import { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { vsixPath } from "../support/editor/paths.ts";
import { freePort } from "../support/programs/freePort.ts";
import { describeInBrowser, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

const command = { command: "workbench.action.closeSidebar" };

describeInBrowser("The port of several windows", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let first: EditorWindow;
  let second: EditorWindow;
  let bridge: Discovery;
  let port: number;
  const stranger = createServer((_request, response) => response.end("mine"));

  before(async () => {
    port = await freePort();
    stranger.listen(port, "127.0.0.1");
    await once(stranger, "listening");
    session = await EditorSession.start({
      install: await installCodeServer("newest"),
      vsix: vsixPath,
      machineSettings: { "kiroBridge.api.port": port },
    });
    first = await session.openWindow({ folder: await session.profile.createWorkspace("first") });
    await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);
    second = await session.openWindow({ folder: await session.profile.createWorkspace("second") });
    bridge = await when(({ windows }) => windows.length === 2);
  });

  after(async () => {
    stranger.close();
    await session?.end();
  });

  const when = (accepts: (found: Discovery) => boolean): Promise<Discovery> =>
    waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS, accepts);
  const wanted = (): string => `http://127.0.0.1:${port}`;

  async function runs(): Promise<void> {
    const isRun = async () => ((await execute(bridge, command)).status === 200 ? true : undefined);
    await eventually(isRun, { what: "a command that runs", deadlineMs: START_DEADLINE_MS });
  }

  it("is the next one for all of them while another program uses it, which is left alone", async () => {
    assert.notEqual(bridge.url, wanted());
    const used = new RegExp(`^Kiro Bridge, on, port ${new URL(bridge.url).port}.*Port ${port} is used by`);
    for (const window of [first, second]) await window.waitForStatusBarItem(used, START_DEADLINE_MS);
    await runs();
    assert.equal(await (await fetch(wanted())).text(), "mine");
  });

  it("is offered in the window in front once it is free, and the address moves with its token", async () => {
    const { token } = bridge;
    stranger.closeAllConnections();
    stranger.close();
    const offer = second.notification(/is free again/);
    await offer.getByRole("button", { name: "Reclaim Port" }).click({ timeout: START_DEADLINE_MS });
    bridge = await when(({ url }) => url === wanted());
    assert.deepEqual([bridge.token, bridge.windows.length], [token, 2]);
    for (const window of [first, second])
      await window.waitForStatusBarItem(new RegExp(`^Kiro Bridge, on, port ${port}`), START_DEADLINE_MS);
    await runs();
  });

  it("is the next one while its owner is stopped, and the configured one again afterwards", async () => {
    const { token, pid } = bridge;
    process.kill(pid, "SIGSTOP");
    try {
      bridge = await when((found) => found.pid !== pid);
      assert.notEqual(bridge.url, wanted());
      assert.equal(bridge.token, token);
      await runs();
    } finally {
      process.kill(pid, "SIGCONT");
    }
    const owner = bridge.pid;
    bridge = await when(({ url, windows }) => url === wanted() && windows.length === 2);
    assert.deepEqual([bridge.pid, bridge.token], [owner, token]);
    await runs();
  });
});
