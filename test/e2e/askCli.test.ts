import assert from "node:assert/strict";
import { join } from "node:path";
import * as z from "zod";
import { answerTo } from "../../src/protocol/input.ts";
import { call, readExecution } from "../support/dashboard/programCalls.ts";
import type { Discovery } from "../support/editor/bridge.ts";
import { eventually } from "../support/editor/deadline.ts";
import type { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { testOutput } from "../support/editor/paths.ts";
import {
  describeInBrowser,
  SEE_DEADLINE_MS,
  START_DEADLINE_MS,
  SUITE_TIMEOUT_MS,
  openBridgeWindow,
} from "./support.ts";

const list = z.object({ executions: z.array(z.object({ id: z.string(), status: z.string() })) });
const asking = z.looseObject({ pendingInput: z.object({ questionId: z.string(), inputType: z.literal("choice") }) });

describeInBrowser("Asking the Kiro CLI from the palette", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let window: EditorWindow;
  let bridge: Discovery;

  before(async () => {
    ({ session, window, bridge } = await openBridgeWindow({ name: "ask" }));
    await window.waitForStatusBarItem(/^Kiro Bridge, on/, START_DEADLINE_MS);
  });

  after(async () => {
    await window?.screenshot(join(testOutput, "screens", "askCli.png"));
    await session?.end();
  });

  async function ask(prompt: string): Promise<void> {
    await window.runFromPalette("Kiro Bridge: Ask Kiro CLI…");
    await window.quickInput.enter("The answer opens in an editor to the side", prompt);
  }

  /** The execution that asks, and what. */
  const whoAsks = (): Promise<{ id: string; question: z.infer<typeof asking>["pendingInput"] }> =>
    eventually(
      async () => {
        const { executions } = list.parse(await call(bridge, "/api/kiro/executions?status=waiting-input"));
        const [found] = executions;
        if (found === undefined) return undefined;
        const { pendingInput } = asking.parse(await readExecution(bridge, found.id));
        return { id: found.id, question: pendingInput };
      },
      { what: "the prompt to ask", deadlineMs: SEE_DEADLINE_MS },
    );

  it("opens a document named after the prompt, with the prompt above the answer", async () => {
    await ask("Explain how a lane keeps the order of what waits in it");
    await window.page.getByRole("tab", { name: /^Explain how a lane keeps the order of\.md/ }).waitFor();
    const text = window.page.locator(".editor-instance .view-lines");
    await text.filter({ hasText: />.Explain.how.a.lane.keeps.the.order.of.what.waits/ }).waitFor();
    await text.filter({ hasText: /I.am.the.Kiro.Bridge.simulator/ }).waitFor();
  });

  it("does not render links of a prompt", async () => {
    await ask("[Press me](command:workbench.action.files.newUntitledFile)[[fake:tool]]");
    const toast = window.notification(/Press me/);
    await toast.waitFor();
    const links = toast.locator("a[href]");
    await links.getByText("Answer…").waitFor();
    await window.screenshot(join(testOutput, "screens", "askCliQuestion.png"));
    for (const link of await links.all())
      assert.match((await link.getAttribute("href")) ?? "", /^command:kiroBridge\.answerQuestion\?/);
    const { id } = await whoAsks();
    await toast.getByText("Answer…").click();
    await window.quickInput.widget.getByRole("option", { name: "No" }).click();
    await toast.waitFor({ state: "detached" });
    assert.equal((await readExecution(bridge, id)).status, "completed");
  });

  it("closes the question and its picker once another client has answered", async () => {
    await ask("Clean up the build folder [[fake:tool]]");
    const toast = window.notification(/Clean up the build folder.*: Kiro asks for permission/);
    const { id, question } = await whoAsks();
    await toast.getByText("Answer…").click();
    const picker = window.quickInput.widget.getByRole("option", { name: "Always" });
    await picker.waitFor();
    await call(bridge, "/api/kiro/input", answerTo(id, question, "No"));
    await picker.waitFor({ state: "hidden" });
    await toast.waitFor({ state: "detached" });
    await window.page.locator(".part.statusbar").getByText("This question has already been answered").waitFor();
  });
});
