import assert from "node:assert/strict";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { seriousFindings } from "../../support/dashboard/axe.ts";
import { EditorDashboard } from "../../support/dashboard/editorDashboard.ts";
import { listenToEvents, readExecution, startExecution, startPrompt } from "../../support/dashboard/programCalls.ts";
import { type Discovery, waitForDiscovery, waitForNoDiscovery } from "../../support/editor/bridge.ts";
import { eventually, withDeadline } from "../../support/editor/deadline.ts";
import type { EditorSession } from "../../support/editor/editorSession.ts";
import type { EditorWindow } from "../../support/editor/editorWindow.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { fake, fakeSay } from "../../fixtures/simulator/directive.ts";
import {
  describeInBrowser,
  SEE_DEADLINE_MS,
  START_DEADLINE_MS,
  SUITE_TIMEOUT_MS,
  openBridgeWindow,
} from "../support.ts";

/** Behind a prompt's first line, which alone is its title: an answer that takes long enough to be looked at. */
const LONG = "\n[[fake:long words=4000 chunkMs=40]]";
const TOOL = "\n[[fake:tool]]";
const NOTES = `Here is a draft of the release notes, from the 14 commits of this week:

**Live tracking.** Every step of every run is shown live, in the dashboard and over the API. A client that lost its
connection resumes where it stopped.

**Questions.** The first answer is used: from the program that started the run, or from you in the dashboard.

**History.** Runs are kept across restarts. Runs of a window that crashed are listed as interrupted.

I am now reading the tests of the event stream to check the numbers in the text.
`;

const themes = { dark: "Default Dark Modern", light: "Default Light Modern", highContrast: "Default High Contrast" };

describeInBrowser("The dashboard, in the editor, from the package", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let window: EditorWindow;
  let dashboard: EditorDashboard;
  let bridge: Discovery;

  before(async () => {
    ({ session, window, bridge } = await openBridgeWindow({
      name: "dashboard",
      userSettings: settingsWith("dark"),
      machineSettings: { "kiroBridge.cli.inactivityTimeoutMs": 3_600_000 },
    }));
    dashboard = new EditorDashboard(window);
  });

  after(async () => {
    await screenshot("end");
    await session?.end();
  });

  /** The bridge after a reload. On a busy machine an extension host of an earlier reload may still live, and publish itself again. */
  const seen = new Set<number>();
  const nextBridge = (): Promise<Discovery> => {
    seen.add(bridge.pid);
    return waitForDiscovery(session.profile.bridgeHome, START_DEADLINE_MS, ({ pid }) => !seen.has(pid));
  };

  const screenshot = async (name: string): Promise<void> =>
    window?.screenshot(join(testOutput, "screens", `dashboard-${name}.png`));

  async function showNow(): Promise<Frame> {
    const view = await dashboard.showView();
    await view.getByRole("tab", { name: "Now" }).click();
    return view;
  }

  /** The panel as an editor, back from the run that it showed before the reload, whenever the page comes to that. */
  const panelWithQuestion = (): Promise<Frame> =>
    eventually(
      async () => {
        const panel = await dashboard.frame("panel");
        const back = panel.getByRole("button", { name: "Back to the list" });
        if (await back.isVisible()) await back.click();
        return (await panel.getByRole("group", { name: /^Question/ }).isVisible()) ? panel : undefined;
      },
      { what: "the question in the panel", deadlineMs: SEE_DEADLINE_MS },
    );

  it("shows in the side bar that the bridge is on, its address, and the agent", async () => {
    const view = await dashboard.showView();
    await view.getByRole("switch", { name: "Bridge server", checked: true }).waitFor();
    await view.getByText(`:${new URL(bridge.url).port}`).waitFor();
    await view.getByText("Kiro CLI", { exact: true }).waitFor();
    await view.getByText("Nothing is running").waitFor();
  });

  it("streams a prompt of another program, and cancels it", async () => {
    const id = await startPrompt(bridge, `Tell me a long story${LONG}`, "story");
    const view = await showNow();
    const run = view.getByRole("article", { name: /Tell me a long story/ });
    await run.waitFor();
    const before = await grownBeyond(run.locator("kiro-output .box"), 0);
    await grownBeyond(run.locator("kiro-output .box"), before + 100);
    await run.getByText(/^\d+ s$/).waitFor();
    await run.getByRole("button", { name: /^Cancel/ }).click();
    await run.waitFor({ state: "detached" });
    assert.equal((await readExecution(bridge, id)).status, "cancelled");
    await view.getByRole("tab", { name: "History" }).click();
    await view
      .locator("kiro-list")
      .getByRole("option", { name: /Cancelled/ })
      .waitFor();
  });

  it("answers a permission question in place", async () => {
    const id = await startPrompt(bridge, `Clean up the build folder${TOOL}`, "question");
    const view = await showNow();
    const question = view.getByRole("group", { name: /^Question from Clean up/ });
    await question.getByRole("button").first().waitFor();
    await screenshot("question");
    await question.getByRole("button").first().click();
    const ended = await eventually(
      async () => {
        const execution = await readExecution(bridge, id);
        return execution.status === "completed" ? execution : undefined;
      },
      { what: "the run to end", deadlineMs: SEE_DEADLINE_MS },
    );
    assert.ok(ended.output.length > 0);
  });

  it("survives being hidden in the middle of a run", async () => {
    const id = await startPrompt(bridge, `Another long story${LONG}`, "hidden");
    const first = await showNow();
    const before = await grownBeyond(outputOf(first, "Another long story"), 0);
    await dashboard.hideView();
    const view = await dashboard.showView();
    await grownBeyond(outputOf(view, "Another long story"), before + 100);
    await view.getByRole("button", { name: /^Cancel Another/ }).click();
    await eventually(async () => ((await readExecution(bridge, id)).status === "cancelled" ? true : undefined), {
      what: "the cancel",
      deadlineMs: SEE_DEADLINE_MS,
    });
  });

  it("shows who listens to the events, and disconnects it", async () => {
    const listener = await listenToEvents(bridge, "release-bot/2.1");
    const view = await dashboard.showView();
    await view.getByRole("tab", { name: "Clients" }).click();
    await view.getByRole("button", { name: "Disconnect release-bot/2.1" }).click();
    await withDeadline(listener.ended, SEE_DEADLINE_MS, "the stream to end");
    await view.getByRole("button", { name: "Disconnect release-bot/2.1" }).waitFor({ state: "detached" });
  });

  it("asks before its switch ends running work", async () => {
    const id = await startPrompt(bridge, `A story to keep${LONG}`, "kept");
    const view = await showNow();
    await view.getByRole("article", { name: /A story to keep/ }).waitFor();
    await view.getByRole("switch", { name: "Bridge server" }).click();
    const dialog = window.page.getByRole("dialog", { name: /Stop Kiro Bridge/ });
    await dialog.getByRole("button", { name: "Keep Running" }).click();
    await view.getByRole("switch", { name: "Bridge server", checked: true }).waitFor();
    assert.equal((await readExecution(bridge, id)).status, "running");
    await view.getByRole("button", { name: /^Cancel A story to keep/ }).click();
    await view.getByText("Nothing is running").waitFor();
  });

  it("shows that the bridge is off, and starts it", async () => {
    const view = await showNow();
    await view.getByRole("switch", { name: "Bridge server" }).click();
    await waitForNoDiscovery(session.profile.bridgeHome, SEE_DEADLINE_MS);
    await view.getByText("The bridge is off").waitFor();
    await screenshot("off");
    await view.getByRole("button", { name: "Start", exact: true }).click();
    bridge = await waitForDiscovery(session.profile.bridgeHome, SEE_DEADLINE_MS);
    await view.getByText("Nothing is running").waitFor();
  });

  it("survives a reload of the window, as a view and as an editor", async () => {
    const view = await dashboard.showView();
    await view.getByRole("tab", { name: "Activity" }).click();
    await (await dashboard.openPanel()).getByText("Nothing is running").waitFor();
    await dashboard.whenKept('"tab":"activity"', "mainThreadWebview-kiroBridge.dashboardPanel");
    await window.reload();
    bridge = await nextBridge();
    await (await dashboard.frame("panel")).getByRole("switch", { name: "Bridge server", checked: true }).waitFor();
    const after = await dashboard.showView();
    await after.getByRole("tab", { name: "Activity", selected: true }).waitFor();
  });

  for (const [name, theme] of Object.entries(themes)) {
    it(`is accessible in the theme ${theme}, during a run`, async () => {
      await session.profile.writeSettings("User", settingsWith(name));
      await window.page.setViewportSize({ width: 1200, height: 760 });
      await window.reload();
      bridge = await nextBridge();
      const listener = await listenToEvents(bridge, "release-bot/2.1");
      await workADay(bridge);
      const view = await showNow();
      const panel = await panelWithQuestion();
      await grownBeyond(outputOf(panel, "Write the release notes"), 200);
      await screenshot(name);
      await panel
        .getByRole("option", { name: /thisDoesNotExist/ })
        .first()
        .click();
      await panel.getByText("COMMAND_EXECUTION_FAILED").waitFor();
      assert.deepEqual(await seriousFindings(view), []);
      assert.deepEqual(await seriousFindings(panel), []);
      await screenshot(`${name}-detail`);
      listener.hangUp();
    });
  }
});

function settingsWith(theme: string): Record<string, unknown> {
  return {
    "workbench.colorTheme": Object.entries(themes).find(([name]) => name === theme)?.[1],
    "workbench.startupEditor": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
  };
}

/** Something of everything: work that ended, failed, runs, asks and waits. */
async function workADay(bridge: Discovery): Promise<void> {
  for (const command of ["vscode.getEditorLayout", "workbench.action.files.saveAll", "vscode.getEditorLayout"])
    await startExecution(bridge, { command });
  await startPrompt(bridge, "Explain how the queue keeps its order\n[[fake:normal words=30]]", "one");
  await startPrompt(bridge, "Write a test for the retry policy\n[[fake:normal words=20]]", "two");
  await startExecution(bridge, { command: "workbench.action.thisDoesNotExist" });
  const notes = fakeSay(NOTES, { chunkMs: 40 }) + fake("slow", { gapMs: 600_000 });
  await startPrompt(bridge, `Write the release notes of this week\n${notes}`, "three");
  const asking = await startPrompt(bridge, `Clean up the build folder${TOOL}`, "four");
  await startPrompt(bridge, "Translate the notes into Danish", "three");
  const look = async (): Promise<true> => {
    const { status, error = "" } = await readExecution(bridge, asking);
    if (status !== "waiting-input") throw new Error(`it is ${status} ${error}`);
    return true;
  };
  await eventually(look, { what: "the prompt to ask", deadlineMs: SEE_DEADLINE_MS });
}

function outputOf(frame: Frame, title: string): ReturnType<Frame["locator"]> {
  return frame.getByRole("article", { name: new RegExp(title) }).locator("kiro-output .box");
}

/** Waits until the output has more characters than that, and says how many. */
function grownBeyond(output: ReturnType<Frame["locator"]>, length: number): Promise<number> {
  return eventually(
    async () => {
      const now = (await output.innerText()).length;
      return now > length ? now : undefined;
    },
    { what: `more than ${length} characters of output`, deadlineMs: SEE_DEADLINE_MS },
  );
}
