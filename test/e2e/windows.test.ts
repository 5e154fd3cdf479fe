import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod";
import { isAlive } from "../../src/core/processes.ts";
import { fake } from "../fixtures/simulator/directive.ts";
import { EditorDashboard } from "../support/dashboard/editorDashboard.ts";
import { askForAccess } from "../support/dashboard/pairing.ts";
import {
  askHealth,
  type Discovery,
  execute,
  readDiscoveries,
  waitForDiscovery,
  waitForNoDiscovery,
} from "../support/editor/bridge.ts";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { eventually, withDeadline } from "../support/editor/deadline.ts";
import { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { freePort } from "../support/programs/freePort.ts";
import { vsixPath } from "../support/editor/paths.ts";
import { isGroupAlive, type SimulatorProcess, simulatorsOf } from "../support/programs/simulatorProcesses.ts";
import { describeInBrowser, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

const windowList = z.object({ windows: z.array(z.object({ pid: z.int(), owner: z.boolean() })) });
const accepted = z.object({ executionId: z.string() });
const ran = z.object({ windowId: z.string() });

describeInBrowser("Several windows", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let first: EditorWindow;
  let second: EditorWindow;
  let folders: { first: string; second: string; third: string };
  /** As bridge.json has it. */
  let bridge: Discovery;

  before(async () => {
    const install = await installCodeServer("newest");
    const machineSettings = { "kiroBridge.cli.path": "simulator", "kiroBridge.api.port": await freePort() };
    session = await EditorSession.start({ install, vsix: vsixPath, machineSettings });
    const { profile } = session;
    folders = {
      first: await profile.createWorkspace("first"),
      second: await profile.createWorkspace("second"),
      third: await profile.createWorkspace("third"),
    };
    first = await session.openWindow({ folder: folders.first });
    bridge = await waitForDiscovery(profile.bridgeHome, START_DEADLINE_MS);
    second = await session.openWindow({ folder: folders.second });
    bridge = await whenOpen("first", "second");
  });

  after(() => session?.end());

  /** Waits until the windows at the address are those with these folders. */
  function whenOpen(...names: (keyof typeof folders)[]): Promise<Discovery> {
    const isComplete = ({ windows }: Discovery): boolean => {
      const open = windows.flatMap(({ workspaceFolders }) => workspaceFolders);
      return windows.length === names.length && names.every((name) => open.includes(folders[name]));
    };
    return waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS, isComplete);
  }

  /** The window with a folder. */
  function windowOf(name: keyof typeof folders): Discovery["windows"][number] {
    const found = bridge.windows.find(({ workspaceFolders }) => workspaceFolders.includes(folders[name]));
    assert.ok(found !== undefined);
    return found;
  }

  const pidOf = (name: keyof typeof folders): number => windowOf(name).pid;

  async function get(path: string): Promise<unknown> {
    const answer = await fetch(`${bridge.url}${path}`, { headers: { authorization: `Bearer ${bridge.token}` } });
    return answer.json();
  }

  /** A prompt in a window whose answer takes long. @returns the processes that answer it */
  async function startAnswering(name: keyof typeof folders): Promise<SimulatorProcess[]> {
    void fetch(`${bridge.url}/kiro/chat`, {
      method: "POST",
      headers: { authorization: `Bearer ${bridge.token}`, "content-type": "application/json" },
      body: JSON.stringify({
        prompt: `Go on ${fake("long", { words: 100_000, chunkMs: 5 })}`,
        workspacePath: folders[name],
      }),
    }).catch(() => undefined);
    const look = async () => {
      const found = await simulatorsOf(pidOf(name));
      return found.length > 0 ? found : undefined;
    };
    return eventually(look, { what: "the CLI to start", deadlineMs: START_DEADLINE_MS });
  }

  async function whenEnded(started: readonly SimulatorProcess[]): Promise<void> {
    // Nobody may be there to collect them: those count as gone.
    const areGone = () => (started.some(({ pid }) => isAlive(pid)) ? undefined : true);
    await eventually(areGone, { what: "the processes to end", deadlineMs: START_DEADLINE_MS });
  }

  /** Waits until another window owns the address. */
  function whenOwnedBy(pid: number): Promise<Discovery> {
    const isNext = (found: Discovery): boolean => found.pid === pid && found.url === bridge.url;
    return waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS, isNext);
  }

  it("share one address: the second joins the first, both say so, and one file has it", async () => {
    assert.equal(await askHealth(bridge.url), "healthy");
    const files = await readDiscoveries(session.profile.bridgeHome);
    assert.deepEqual(
      files.map(({ file }) => basename(file)),
      ["bridge.json"],
    );
    await first.waitForStatusBarItem(/^Kiro Bridge, on.*Owns .*, and shares it with 1 other window/, START_DEADLINE_MS);
    await second.waitForStatusBarItem(/^Kiro Bridge, on.*Shares .* with 1 other window/, START_DEADLINE_MS);
    const { windows } = windowList.parse(await get("/api/kiro/windows"));
    assert.deepEqual(
      new Map(windows.map(({ pid, owner }) => [pid, owner])),
      new Map([
        [pidOf("first"), true],
        [pidOf("second"), false],
      ]),
    );
  });

  it("show a program that asks for access in the window in front, which decides it, whichever has the address", async () => {
    const asking = await askForAccess(bridge, { name: "shared-bot", role: "viewer" });
    await first.waitForNotification(/“shared-bot” asks for access/);
    await second.waitForNotification(/A program asks for access/);
    await second.clickStatusBarItem(/^Kiro Bridge, 1 program asks for access/);
    const panel = await new EditorDashboard(second).frame("panel");
    await panel.getByText(asking.code, { exact: true }).waitFor();
    await panel.getByRole("button", { name: "Deny: shared-bot" }).click();
    const { status } = await withDeadline(asking.decision, START_DEADLINE_MS, "the decision");
    assert.equal(status, 403);
    for (const window of [first, second]) await window.waitForStatusBarItem(/^Kiro Bridge, on/, START_DEADLINE_MS);
  });

  it("leave the address to the others when one is switched off, and join again", async () => {
    const { url, token } = bridge;
    // Before any command of a program, after which the user is asked first.
    await second.runFromPalette("Kiro Bridge: Stop");
    bridge = await whenOpen("first");
    await first.waitForStatusBarItem(/^Kiro Bridge, on.*Listening on/, START_DEADLINE_MS);
    await second.runFromPalette("Kiro Bridge: Start");
    bridge = await whenOpen("first", "second");
    assert.deepEqual([bridge.url, bridge.token], [url, token]);
  });

  it("run a request in the window with its ID or folder, or else in the one that had the focus last", async () => {
    const ofFirst = windowOf("first");
    const ofSecond = windowOf("second");
    const places = [
      [{ workspacePath: folders.first }, ofFirst.id],
      [{ workspacePath: folders.second }, ofSecond.id],
      [{ windowId: ofFirst.id }, ofFirst.id],
      [{}, ofSecond.id],
    ] as const;
    for (const [place, id] of places) {
      const { body } = await execute(bridge, { command: "workbench.action.closeSidebar", ...place });
      const { executionId } = accepted.parse(body);
      const record = await get(`/api/kiro/executions/${executionId}`);
      assert.equal(ran.parse(record).windowId, id, JSON.stringify(place));
    }
  });

  it("report a folder that is open in none of them, with those that are", async () => {
    const { status, body } = await execute(bridge, { command: "noop", workspacePath: folders.third });
    assert.equal(status, 404);
    const { message } = body as { message: string };
    for (const open of [folders.first, folders.second]) assert.ok(message.includes(open), message);
  });

  it("share one token in the file, and keep it when a page is reloaded", async () => {
    const { token } = bridge;
    const before = pidOf("second");
    assert.equal((await readFile(join(session.profile.bridgeHome, "token"), "utf8")).trim(), token);
    await second.page.reload();
    const isBack = ({ windows }: Discovery): boolean =>
      windows.some(({ pid, workspaceFolders }) => pid !== before && workspaceFolders.includes(folders.second));
    await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS, isBack);
    bridge = await whenOpen("first", "second");
    assert.equal(bridge.token, token);
  });

  it("release their processes when closed in the middle of an answer, and hand the address over", async () => {
    const { token } = bridge;
    const next = pidOf("second");
    const started = await startAnswering("first");
    await first.close();
    bridge = await whenOwnedBy(next);
    const areGone = () => (started.some(({ group }) => isGroupAlive(group)) ? undefined : true);
    await eventually(areGone, { what: "the processes to end", deadlineMs: START_DEADLINE_MS });
    assert.equal(bridge.token, token);
    bridge = await whenOpen("second");
    await second.waitForStatusBarItem(/^Kiro Bridge, on.*Listening on/, START_DEADLINE_MS);
  });

  it("keep the address and the token when the owner is killed", async () => {
    const { token } = bridge;
    await session.openWindow({ folder: folders.third });
    bridge = await whenOpen("second", "third");
    const killed = pidOf("second");
    const next = pidOf("third");
    const killedAt = Date.now();
    process.kill(killed, "SIGKILL");
    bridge = await whenOwnedBy(next);
    process.stdout.write(`      bridge.json named another owner ${Date.now() - killedAt} ms after the kill.\n`);
    assert.equal(bridge.token, token);
    assert.equal(await askHealth(bridge.url), "healthy");
  });

  it("leave no process and no valid token when the last one is killed in the middle of an answer", async () => {
    const { bridgeHome } = session.profile;
    // The editor may have started its extension host again.
    await second.close();
    bridge = await whenOpen("third");
    const { token, pid } = bridge;
    const started = await startAnswering("third");
    process.kill(pid, "SIGKILL");
    await whenEnded(started);
    await session.openWindow({ folder: folders.first });
    const next = await waitForDiscovery(bridgeHome, START_DEADLINE_MS, ({ pid: other }) => other !== pid);
    assert.notEqual(next.token, token);
    await waitForNoDiscovery(bridgeHome, START_DEADLINE_MS, ({ pid: other }) => other === pid);
  });
});
