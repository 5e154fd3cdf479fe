import assert from "node:assert/strict";
import { type Discovery, execute, waitForDiscovery, waitForNoDiscovery } from "../../support/editor/bridge.ts";
import { installCodeServer } from "../../support/editor/codeServerInstall.ts";
import { eventually } from "../../support/editor/deadline.ts";
import { EditorSession } from "../../support/editor/editorSession.ts";
import type { EditorWindow } from "../../support/editor/editorWindow.ts";
import { vsixPath } from "../../support/editor/paths.ts";
import { ScriptedServer } from "../../support/exports/scriptedServer.ts";
import { describeInBrowser, SEE_DEADLINE_MS, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "../support.ts";

interface AnalyticsEvent {
  readonly event: string;
  readonly distinct_id: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const PROJECT_KEY = "phc_test";
const COMMAND = { command: "vscode.getEditorLayout" };

for (const editor of ["newest", "lowest"] as const) {
  // The sender of an extension is not called in the tests inside an extension host, so these are outside.
  describeInBrowser(`Analytics in the ${editor} editor, from the package`, function () {
    this.timeout(SUITE_TIMEOUT_MS);
    let server: ScriptedServer;
    let session: EditorSession;
    let folder: string;
    let window: EditorWindow;

    const received = (): AnalyticsEvent[] =>
      server.requests.flatMap(({ json }) => {
        const { api_key, batch } = json as { api_key: string; batch: AnalyticsEvent[] };
        assert.equal(api_key, PROJECT_KEY);
        return batch;
      });
    const names = () => received().map(({ event }) => event);
    const waitForNames = async (expected: readonly string[]): Promise<void> => {
      const areThere = () => Promise.resolve(names().length >= expected.length ? true : undefined);
      await eventually(areThere, { what: `the events ${expected.join(", ")}`, deadlineMs: SEE_DEADLINE_MS });
      assert.deepEqual(names(), expected);
    };
    const setOurs = (changes: Readonly<Record<string, unknown>> = {}) =>
      session.profile.writeSettings("Machine", {
        "kiroBridge.analytics.enabled": true,
        "kiroBridge.analytics.url": server.url,
        "kiroBridge.analytics.projectKey": PROJECT_KEY,
        ...changes,
      });
    const setTheirs = (level: "off" | "all") =>
      session.profile.writeSettings("User", { "telemetry.telemetryLevel": level });
    const open = async (): Promise<Discovery> => {
      window = await session.openWindow({ folder });
      window.page.setDefaultTimeout(SEE_DEADLINE_MS);
      return await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);
    };
    const windowIdOf = async ({ url, token }: Discovery): Promise<string> => {
      const answer = await fetch(`${url}/api/kiro/status`, { headers: { authorization: `Bearer ${token}` } });
      return ((await answer.json()) as { windows: { id: string }[] }).windows[0]?.id ?? "";
    };

    before(async () => {
      server = await ScriptedServer.start();
      server.otherwise = { body: '{"status":1}' };
      session = await EditorSession.start({ install: await installCodeServer(editor), vsix: vsixPath });
      folder = await session.profile.createWorkspace("analytics");
    });
    after(async () => {
      await session?.end();
      await server?.dispose();
    });

    it("send nothing while the editor's own switch is off", async () => {
      await setOurs();
      await setTheirs("off");
      const bridge = await open();
      await execute(bridge, COMMAND);
      await window.close();
      await waitForNoDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);
      assert.deepEqual(received(), []);
    });

    it("send counts when all three switches are on, without IDs of the editor", async () => {
      await setTheirs("all");
      const bridge = await open();
      await waitForNames(["bridge-started"]);
      const [started] = received();
      assert.ok(started);
      const { properties, distinct_id } = started;
      const ours = ["version", "editor", "platform", "isRemote"];
      assert.deepEqual(
        Object.keys(properties).toSorted(),
        [...ours, "$geoip_disable", "$process_person_profile"].toSorted(),
      );
      assert.equal(properties["platform"], process.platform);
      assert.match(distinct_id, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      await execute(bridge, COMMAND);
    });

    it("send no more while their own switch is off, or while nobody has said where they go", async () => {
      const windowId = async () =>
        windowIdOf(await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS)).catch(() => undefined);
      /** Changes settings with another one, with which the bridge starts again: it has when they are in force. */
      const setAndRestart = async (maxDays: number, changes: Readonly<Record<string, unknown>>): Promise<void> => {
        const first = await windowId();
        await setOurs({ ...changes, "kiroBridge.history.maxDays": maxDays });
        const hasRestarted = async () => {
          const now = await windowId();
          return now === undefined || now === first ? undefined : true;
        };
        await eventually(hasRestarted, { what: "the restart of the bridge", deadlineMs: SEE_DEADLINE_MS });
      };
      await setAndRestart(31, {});
      const before = ["bridge-started", "bridge-used", "bridge-started"];
      await waitForNames(before);
      const { editorCommands, prompts } = received()[1]?.properties ?? {};
      assert.deepEqual({ editorCommands, prompts }, { editorCommands: 1, prompts: 0 });
      // The end of the bridge of before is not told either.
      await setAndRestart(32, { "kiroBridge.analytics.enabled": false });
      await setAndRestart(33, { "kiroBridge.analytics.url": "" });
      await setOurs({ "kiroBridge.history.maxDays": 33 });
      await waitForNames([...before, "bridge-started"]);
    });

    it("have another ID after it was deleted", async () => {
      const [{ distinct_id: old } = { distinct_id: "" }] = received();
      await window.runFromPalette("Kiro Bridge: Delete Analytics ID");
      await window.waitForNotification(new RegExp(`The analytics ID ${old} was deleted`));
      await window.runFromPalette("Kiro Bridge: Restart");
      const before = ["bridge-started", "bridge-used", "bridge-started", "bridge-started"];
      await waitForNames([...before, "bridge-used", "bridge-started"]);
      const ids = received().map(({ distinct_id }) => distinct_id === old);
      assert.deepEqual(ids, [true, true, true, true, false, false]);
    });
  });
}
