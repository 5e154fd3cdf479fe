import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { runCli } from "../support/cli/cliProcess.ts";
import { removeCliBundle } from "../support/cli/cliBundle.ts";
import { seriousFindings } from "../support/dashboard/axe.ts";
import { EditorDashboard } from "../support/dashboard/editorDashboard.ts";
import { type Discovery, execute, readDiscoveries, waitForDiscovery } from "../support/editor/bridge.ts";
import { installCodeServer } from "../support/editor/codeServerInstall.ts";
import { eventually } from "../support/editor/deadline.ts";
import { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { testOutput, vsixPath } from "../support/editor/paths.ts";
import { Program } from "../support/guides/program.ts";
import { installSdk } from "../support/plugins/examplePlugin.ts";
import { processesOf } from "../support/programs/simulatorProcesses.ts";
import { describeInBrowser, SEE_DEADLINE_MS, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

const called = z.object({ result: z.unknown() });
const chosen = z.object({ primaryPlugin: z.string() });
const GRANTS = [
  "It may publish on: plugin/hello/**",
  "It receives: plugin/hello/**, system/**, routing/**",
  "Programs may call: greet, get_status, health_check",
];

/** Calls the plugin, prints what it publishes, and ends. */
const PROGRAM = `import { connect, getMessageBus, RPCClient } from "kiro-bridge/plugin";
await connect();
const bus = getMessageBus("watcher");
const greeted = new Promise((resolve) =>
  bus.subscribe("plugin/hello/events", ({ source, payload }) => resolve([source, payload.eventType, payload.who])));
const { text } = await new RPCClient("plugin://hello/rpc").call("greet", { who: "the bus" });
console.log(JSON.stringify([text, ...(await greeted)]));
bus.clear();
`;

describeInBrowser("A new plugin, in the editor, from the package", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let window: EditorWindow;
  let folder: string;
  let bridge: Discovery;

  before(async () => {
    session = await EditorSession.start({
      install: await installCodeServer("newest"),
      vsix: vsixPath,
      workspaceTrust: true,
      userSettings: {
        "workbench.colorTheme": "Default Dark Modern",
        "workbench.startupEditor": "none",
        // The page of trusted folders would be in front of the dashboard.
        "workbench.editor.useModal": "off",
        "workbench.secondarySideBar.defaultVisibility": "hidden",
      },
      machineSettings: { "kiroBridge.cli.path": "simulator" },
    });
    folder = join(await session.profile.createWorkspace("work", {}), "hello");
    const { code, stderr } = await runCli(["plugin", "new", "hello", folder]);
    assert.equal(code, 0, stderr);
    await installSdk(folder);
    window = await session.openWindow({ folder });
    window.page.setDefaultTimeout(SEE_DEADLINE_MS);
  });

  after(async () => {
    await session?.end();
    await removeCliBundle();
  });

  const screenshot = (name: string) => window?.screenshot(join(testOutput, "screens", `editor-${name}.png`));
  const question = () => window.notification(/The plugin “hello”/);
  const processes = () => processesOf(`${folder}/main.mjs`);
  const greet = (who: string) => execute(bridge, { command: "plugin.hello.greet", params: [{ who }] });

  it("is neither found nor started while its workspace is not trusted", async () => {
    const item = await window.waitForStatusBarItem(/^Kiro Bridge, off/, START_DEADLINE_MS);
    assert.match((await item.getAttribute("aria-label")) ?? "", /not trusted/);
    assert.deepEqual(await readDiscoveries(session.profile.bridgeHome), []);
    assert.equal(await question().count(), 0);
    assert.deepEqual(await processes(), []);
    await window.clickStatusBarItem(/^Kiro Bridge/);
    await window.page.getByRole("button", { name: /^Trust$/ }).click({ timeout: START_DEADLINE_MS });
    bridge = await waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS);
  });

  it("starts once the user has approved its command line, topics and methods", async () => {
    await question().getByText("node ./main.mjs").waitFor();
    await screenshot("plugin-question");
    assert.deepEqual(await processes(), []);
    await question().getByRole("button", { name: "Not Now" }).click();
    const view = await new EditorDashboard(window).showView();
    await view.getByRole("tab", { name: "Plugins" }).click();
    const item = view.getByRole("list", { name: "Plugins" }).getByRole("listitem").filter({ hasText: "hello" });
    await item.getByText("waits for your approval").waitFor();
    await screenshot("plugins-tab");
    await item.getByRole("button", { name: "Approve…: hello" }).click();
    await question().getByRole("button", { name: "Allow…" }).click();
    const dialog = window.page.getByRole("dialog", { name: /Run the plugin “hello” 0\.1\.0/ });
    const lines = (await dialog.innerText()).split("\n");
    for (const line of ["It runs: node ./main.mjs", `In: ${folder}`, ...GRANTS]) assert.ok(lines.includes(line), line);
    await screenshot("plugin-dialog");
    assert.deepEqual(await processes(), []);
    await dialog.getByRole("button", { name: "Run Plugin" }).click();
    await item.getByText("running").waitFor();
  });

  it("is called and chosen over the address, and takes part in the bus with another program", async () => {
    const greeting = async () => {
      const { status, body } = await greet("Ada");
      return status === 200 ? called.parse(body).result : undefined;
    };
    // Its process runs, and is about to connect.
    const result = await eventually(greeting, { what: "a greeting", deadlineMs: START_DEADLINE_MS });
    assert.deepEqual(result, { text: "Hello, Ada!" });
    const routed = await fetch(`${bridge.url}/api/kiro/route`, {
      method: "POST",
      headers: { authorization: `Bearer ${bridge.token}`, "content-type": "application/json" },
      body: JSON.stringify({ text: "Say hello to Ada" }),
    });
    assert.deepEqual([routed.status, chosen.parse(await routed.json()).primaryPlugin], [200, "hello"]);
    const file = join(folder, "watcher.mjs");
    await writeFile(file, PROGRAM);
    const env = { ...process.env, KIRO_BRIDGE_HOME: session.profile.bridgeHome };
    const { code, stdout, stderr } = await new Program(process.execPath, [file], { cwd: folder, env }).ended;
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), ["Hello, the bus!", "hello", "greeted", "the bus"]);
    const view = await new EditorDashboard(window).showView();
    const item = view.getByRole("list", { name: "Plugins" }).getByRole("listitem");
    await item.getByText(/^running · .*1 shared key$/).waitFor();
    const decision = view.getByRole("list", { name: "Routing decisions" }).getByRole("listitem");
    await decision.getByText("Say hello to Ada").waitFor();
    assert.deepEqual(await seriousFindings(view), []);
    await screenshot("plugins-used");
  });

  it("runs again after kill -9, and ends with the window", async () => {
    const [first, ...others] = await processes();
    assert.ok(first !== undefined && others.length === 0);
    process.kill(first.pid, "SIGKILL");
    const answer = async () => {
      const running = await processes();
      const isAnother = running.length === 1 && running[0]?.pid !== first.pid;
      return isAnother && (await greet("Ada")).status === 200 ? true : undefined;
    };
    await eventually(answer, { what: "another process that answers", deadlineMs: START_DEADLINE_MS });
    await window.close();
    const end = async () => ((await processes()).length === 0 ? true : undefined);
    await eventually(end, { what: "the end of its process", deadlineMs: START_DEADLINE_MS });
  });
});
