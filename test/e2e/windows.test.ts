import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "../../src/core/processes.ts";
import { fake } from "../fixtures/simulator/directive.ts";
import {
  askHealth,
  connectionError,
  type Discovery,
  execute,
  waitForDiscovery,
  waitForNoDiscovery,
} from "../support/editor/bridge.ts";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { eventually } from "../support/editor/deadline.ts";
import { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { freePort } from "../support/programs/freePort.ts";
import { vsixPath } from "../support/editor/paths.ts";
import { isGroupAlive, type SimulatorProcess, simulatorsOf } from "../support/programs/simulatorProcesses.ts";
import { describeInBrowser, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

describeInBrowser("Two windows", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let first: EditorWindow;
  let second: EditorWindow;
  let bridges: { first: Discovery; second: Discovery };

  before(async () => {
    const install = await installCodeServer("newest");
    const machineSettings = { "kiroBridge.cli.path": "simulator", "kiroBridge.api.port": await freePort() };
    session = await EditorSession.start({ install, vsix: vsixPath, machineSettings });
    const { bridgeHome } = session.profile;
    first = await session.openWindow({ folder: await session.profile.createWorkspace("first") });
    const firstBridge = await waitForDiscovery(bridgeHome, START_DEADLINE_MS);
    second = await session.openWindow({ folder: await session.profile.createWorkspace("second") });
    const secondBridge = await waitForDiscovery(bridgeHome, START_DEADLINE_MS, ({ pid }) => pid !== firstBridge.pid);
    bridges = { first: firstBridge, second: secondBridge };
  });

  after(() => session?.end());

  /** A prompt whose answer takes long. @returns the processes that answer it */
  async function startAnswering({ url, token, pid }: Discovery): Promise<SimulatorProcess[]> {
    void fetch(`${url}/kiro/chat`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ prompt: `Go on ${fake("long", { words: 100_000, chunkMs: 5 })}` }),
    }).catch(() => undefined);
    const look = async () => {
      const found = await simulatorsOf(pid);
      return found.length > 0 ? found : undefined;
    };
    return eventually(look, { what: "the CLI to start", deadlineMs: START_DEADLINE_MS });
  }

  it("share the machine: the second uses the next port, names the first, and both respond", async () => {
    assert.notEqual(bridges.first.url, bridges.second.url);
    assert.equal(await askHealth(bridges.first.url), "healthy");
    assert.equal(await askHealth(bridges.second.url), "healthy");
    await second.waitForStatusBarItem(
      /^Kiro Bridge, on.* is used by the Kiro Bridge of another window/,
      START_DEADLINE_MS,
    );
    await first.waitForStatusBarItem(/^Kiro Bridge, on/, START_DEADLINE_MS);
  });

  it("share one token in the file, and keep it when the page is reloaded", async () => {
    const { token } = bridges.first;
    assert.equal(bridges.second.token, token);
    assert.equal((await readFile(join(session.profile.bridgeHome, "token"), "utf8")).trim(), token);
    const earlier = new Set([bridges.first.pid, bridges.second.pid]);
    await second.page.reload();
    const isNew = ({ pid }: Discovery): boolean => !earlier.has(pid);
    bridges.second = await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS, isNew);
    assert.equal(bridges.second.token, token);
    await second.waitForStatusBarItem(/^Kiro Bridge, on/, START_DEADLINE_MS);
  });

  it("report which window has a folder open", async () => {
    const workspacePath = join(session.profile.root, "workspaces", "second");
    const { status, body } = await execute(bridges.first, { command: "noop", workspacePath });
    assert.equal(status, 404);
    const { message, context } = body as { message: string; context: { openIn?: string[] } };
    assert.match(
      message,
      /^'.*second' is not open in this window; the open folders are .*first\. It is open in another window: http/,
    );
    assert.deepEqual(context.openIn, [bridges.second.url]);
  });

  it("release port, file and processes when closed in the middle of an answer", async () => {
    const { url, pid } = bridges.first;
    const started = await startAnswering(bridges.first);
    await first.close();
    await waitForNoDiscovery(session.profile.bridgeHome, START_DEADLINE_MS, ({ pid: other }) => other === pid);
    const isSilent = async () => ((await connectionError(url)) === "ECONNREFUSED" ? true : undefined);
    await eventually(isSilent, { what: "the port to fall silent", deadlineMs: START_DEADLINE_MS });
    const areGone = () => (started.some(({ group }) => isGroupAlive(group)) ? undefined : true);
    await eventually(areGone, { what: "the processes to end", deadlineMs: START_DEADLINE_MS });
  });

  it("keep running when the other closes, and take over bridge.json", async () => {
    assert.equal(await askHealth(bridges.second.url), "healthy");
    const { bridgeHome } = session.profile;
    const isFirst = ({ file }: Discovery): boolean => file === join(bridgeHome, "bridge.json");
    const first = await waitForDiscovery(bridgeHome, START_DEADLINE_MS, isFirst);
    assert.deepEqual([first.pid, first.token], [bridges.second.pid, bridges.second.token]);
    await waitForNoDiscovery(bridgeHome, START_DEADLINE_MS, (found) => !isFirst(found));
    await second.waitForStatusBarItem(
      /^(?!.*Programs find the address of this window in).*Kiro Bridge, on/,
      START_DEADLINE_MS,
    );
  });

  it("leave no process and no valid token when killed in the middle of an answer", async () => {
    const { token, pid } = bridges.second;
    const { bridgeHome } = session.profile;
    const started = await startAnswering(bridges.second);
    process.kill(pid, "SIGKILL");
    // Nobody may be there to collect them: those count as gone.
    const areGone = () => (started.some((cli) => isAlive(cli.pid)) ? undefined : true);
    await eventually(areGone, { what: "the processes to end", deadlineMs: START_DEADLINE_MS });
    await second.page.reload();
    const next = await waitForDiscovery(bridgeHome, START_DEADLINE_MS, ({ pid: other }) => other !== pid);
    assert.notEqual(next.token, token);
    await waitForNoDiscovery(bridgeHome, START_DEADLINE_MS, ({ pid: other }) => other === pid);
  });
});
