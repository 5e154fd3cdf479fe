import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { runsCodeServer } from "../support/editor/codeServerInstall.ts";
import { EditorDashboard } from "../support/dashboard/editorDashboard.ts";
import type { Discovery } from "../support/editor/bridge.ts";
import { testOutput, vsixPath } from "../support/editor/paths.ts";
import { listenForHooks } from "../support/upgrade/listenForHooks.ts";
import { buildEarlier, hasCommit, npmPackageOf } from "../support/upgrade/earlierBuild.ts";
import {
  continueConversation,
  findAudit,
  findClients,
  findPlugin,
  findRuns,
  findSteps,
  renewGrant,
} from "../support/upgrade/findTraces.ts";
import { execute, hasPart, leaveTraces } from "../support/upgrade/leaveTraces.ts";
import { DESTINATION, ENGINE_ID, type partsSince, PROMPT, type Traces } from "../support/upgrade/traces.ts";
import { UsedEditor } from "../support/upgrade/usedEditor.ts";
import { versionsToTest } from "../support/upgrade/versionsToTest.ts";
import { until } from "../support/until.ts";

const SUITE_TIMEOUT_MS = 900_000;
const SEE_DEADLINE_MS = 120_000;
const ENGINE_KEY = "sk-kept-0123456789";
const HOOK_SECRET = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;

/** A version from the history as VSIX, in a real editor, then the new one over it, the old one again, and the new one. */
for (const version of await versionsToTest()) {
  const { name } = version;
  describe(`The update from "${name}" (${version.commit.slice(0, 8)}), in a real editor`, function () {
    this.timeout(SUITE_TIMEOUT_MS);
    let earlierVsix: string;
    let editor: UsedEditor | undefined;
    let bridge: Discovery;
    let traces: Traces;

    before(async function () {
      if (!runsCodeServer || !(await hasCommit(version.commit))) this.skip();
      const build = await buildEarlier(version);
      earlierVsix = build.vsix;
      const hasPlugins = hasPart(name, "plugins");
      const pluginLibrary = hasPlugins ? join(await npmPackageOf(build), "plugin.js") : undefined;
      editor = await UsedEditor.start(earlierVsix, true);
      bridge = await editor.open();
      editor.window.page.setDefaultTimeout(SEE_DEADLINE_MS);
      assert.equal(await versionOf(bridge), version.version);
      await editor.window.runFromPalette("Kiro Bridge: Open Dashboard");
      const dashboard = new EditorDashboard(editor.window);
      await dashboard.frame("panel");
      if (hasPart(name, "engines")) await setKey();
      if (hasPart(name, "exports")) await setHookSecret();
      traces = await leaveTraces(bridge, { version: name, folder: editor.folder, pluginLibrary });
      await dashboard.whenKept("mainThreadWebview-kiroBridge");
      bridge = await editor.update(vsixPath);
    });

    after(async () => {
      await editor?.window.screenshot(join(testOutput, "screens", `upgrade-${name}.png`)).catch(() => undefined);
      await editor?.end();
    });

    /** A test that only versions with this part of the bridge have. */
    function itWith(part: keyof typeof partsSince): (title: string, test: () => Promise<void>) => void {
      return (title, test) => void (hasPart(name, part) && it(title, test));
    }
    const used = (): UsedEditor => editor ?? assert.fail("the editor has not started");

    async function versionOf(place: Discovery): Promise<string> {
      const entry: unknown = JSON.parse(await readFile(place.file, "utf8"));
      return z.looseObject({ version: z.string() }).parse(entry).version;
    }

    async function setKey(): Promise<void> {
      const { window, storage } = used();
      await window.runFromPalette("Kiro Bridge: Set Key of a Model…");
      await window.quickInput.widget.getByRole("option", { name: ENGINE_ID }).click();
      await window.quickInput.enter(`Enter the key of ${ENGINE_ID}`, ENGINE_KEY);
      await untilStored(join(storage, "keys", `${ENGINE_ID}.key`));
    }

    async function setHookSecret(): Promise<void> {
      const { window, storage } = used();
      await window.runFromPalette("Kiro Bridge: Set Secret of a Destination…");
      await window.quickInput.widget.getByRole("option", { name: DESTINATION }).click();
      await window.quickInput.widget.getByRole("option", { name: /^Enter it/ }).click();
      await window.quickInput.enter("Enter the secret of", HOOK_SECRET);
      await untilStored(join(storage, "export-secrets", `${DESTINATION}.key`));
    }

    const untilStored = (path: string): Promise<void> => until(() => existsSync(path), path);

    async function findAll(): Promise<void> {
      await findRuns(bridge, traces);
      await findSteps(used().storage, traces);
      await findClients(bridge, traces);
      if (traces.clients.length > 0) await findAudit(used().home, traces);
    }

    it("runs the new version", async () => assert.equal(await versionOf(bridge), "0.1.0"));

    it("keeps the runs, the clients, their tokens and the audit log", findAll);

    // An editor in a browser loses the secrets in which the first version kept it (docs/decisions/token-file.md).
    itWith("tokenFile")("keeps the token of the user", async () => assert.equal(bridge.token, traces.ownerToken));

    itWith("access")("lets an OAuth client renew its tokens", async () => {
      traces = await renewGrant(bridge, traces);
    });

    itWith("plugins")("keeps the state and the messages of plugins", () => findPlugin(bridge));

    itWith("engines")("goes on with a conversation of a model, and has its key", async () => {
      await continueConversation(bridge, used().model);
      assert.equal(used().model.at(-1).headers["authorization"], `Bearer ${ENGINE_KEY}`);
    });

    itWith("exports")("delivers what its destinations have not received, with their secrets", async () => {
      assert.ok(traces.waiting.length > 0);
      const hooks = await listenForHooks(used().hookPort, HOOK_SECRET);
      try {
        const missing = (): string[] => traces.waiting.filter((id) => !hooks.bodies.some((body) => body.includes(id)));
        await until(() => missing().length === 0, "the facts of before the update");
        assert.equal(hooks.distrusted, 0);
      } finally {
        await hooks.close();
      }
    });

    it("restores the dashboard that was open, with the runs of before", async () => {
      const frame = await new EditorDashboard(used().window).liveFrame("panel");
      await frame.getByText(PROMPT).first().waitFor();
    });

    it("can be taken back: the earlier version reads its own, and destroys nothing of the new one", async () => {
      const later = await execute(bridge, { command: "kiro.cli.chat", args: ["Hello after the update"] });
      assert.notEqual(later.output, "");
      bridge = await used().update(earlierVsix);
      assert.equal(await versionOf(bridge), version.version);
      await findRuns(bridge, traces);
      await execute(bridge, { command: "kiro.cli.chat", args: ["Hello again from the earlier version"] });
      bridge = await used().update(vsixPath);
      assert.equal(await versionOf(bridge), "0.1.0");
      await findAll();
      if (traces.hasConversation) await continueConversation(bridge, used().model);
    });
  });
}
