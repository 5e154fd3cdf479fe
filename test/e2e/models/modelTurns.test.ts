import assert from "node:assert/strict";
import { join } from "node:path";
import * as z from "zod";
import { EditorDashboard } from "../../support/dashboard/editorDashboard.ts";
import { call, readExecution, startExecution } from "../../support/dashboard/programCalls.ts";
import type { Discovery } from "../../support/editor/bridge.ts";
import { eventually, withDeadline } from "../../support/editor/deadline.ts";
import type { EditorSession } from "../../support/editor/editorSession.ts";
import type { EditorWindow } from "../../support/editor/editorWindow.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { chatStream, openAiChat } from "../../support/models/forms/openAiChat.ts";
import { ModelServer } from "../../support/models/modelServer.ts";
import { describeInBrowser, openBridgeWindow, SEE_DEADLINE_MS, SUITE_TIMEOUT_MS } from "../support.ts";

const HAIKU = ["An old editor", "a cursor blinks, and waits there", "the sound of one key"];
const PROMPT = "Open a new file and write a haiku into it";

const children = z.object({
  executions: z.array(z.looseObject({ command: z.string(), status: z.string(), parentId: z.string() })),
});

/** A step of the model that runs a command of the editor. */
const running = (callId: string, id: string, params: readonly unknown[] = []) =>
  openAiChat({
    calls: [{ id: callId, name: "run_command", arguments: JSON.stringify({ id, title: `Run ${id}`, params }) }],
  });

describeInBrowser("A model that works in the editor, from the package", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let vendor: ModelServer;
  let session: EditorSession;
  let window: EditorWindow;
  let bridge: Discovery;
  let dashboard: EditorDashboard;

  before(async () => {
    vendor = await ModelServer.start();
    const engine = { id: "poet", wire: "openai-chat", baseUrl: `${vendor.url}/v1`, auth: { kind: "none" } };
    ({ session, window, bridge } = await openBridgeWindow({
      name: "poet",
      machineSettings: { "kiroBridge.engines": [{ ...engine, models: ["test-model"] }] },
    }));
    dashboard = new EditorDashboard(window);
  });

  after(async () => {
    await window?.screenshot(join(testOutput, "screens", "modelTurns.png"));
    await session?.end();
    await vendor?.dispose();
  });

  const ask = (prompt: string, conversation: string): Promise<string> =>
    startExecution(bridge, { command: "kiro.engines.poet.chat", args: [prompt], session: conversation });

  /** Answers the question about a command in the dashboard. */
  async function answer(command: string, choice: string): Promise<void> {
    const view = await dashboard.showView();
    await view.getByRole("tab", { name: "Now" }).click();
    const question = view.getByRole("group", { name: /^Question/ }).filter({ hasText: command });
    await question.getByRole("button", { name: choice, exact: true }).click();
    await question.waitFor({ state: "detached" });
  }

  const ended = (id: string) =>
    eventually(
      async () => {
        const execution = await readExecution(bridge, id);
        return ["completed", "failed", "cancelled"].includes(execution.status) ? execution : undefined;
      },
      { what: "the turn to end", deadlineMs: SEE_DEADLINE_MS },
    );

  const childrenOf = async (id: string) =>
    children.parse(await call(bridge, `/api/kiro/executions?parentId=${id}`)).executions;

  it("makes an edit with tools that the user allows in the dashboard, each an execution of its own", async () => {
    vendor.reply(
      running("call_1", "workbench.action.files.newUntitledFile"),
      running("call_2", "editor.action.insertSnippet", [{ snippet: HAIKU.join("\n") }]),
      openAiChat({ text: "The haiku is in the new file." }),
    );
    const id = await ask(PROMPT, "haiku");
    await answer("workbench.action.files.newUntitledFile", "Allow");
    await answer("editor.action.insertSnippet", "Allow");
    const turn = await ended(id);
    assert.equal(turn.status, "completed", turn.error);
    assert.equal(turn.output, "The haiku is in the new file.");
    const text = window.page.locator(".editor-instance .view-lines");
    await text.filter({ hasText: /An.old.editor.*the.sound.of.one.key/s }).waitFor();
    assert.deepEqual(
      (await childrenOf(id)).map(({ command, status, parentId }) => ({ command, status, parentId })).toReversed(),
      ["workbench.action.files.newUntitledFile", "editor.action.insertSnippet"].map((command) => ({
        command,
        status: "completed",
        parentId: id,
      })),
    );
  });

  it("stands in the history with what it has run", async () => {
    const view = await dashboard.showView();
    await view.getByRole("tab", { name: "History" }).click();
    await view
      .locator("kiro-list")
      .getByRole("option", { name: /Open a new file and write a haiku/ })
      .click();
    const steps = view.locator("kiro-detail .timeline");
    await steps.getByText("Step of the model").first().waitFor();
    await steps
      .getByRole("button", { name: /^Open the run of .*insertSnippet/ })
      .first()
      .click();
    const detail = view.locator("kiro-detail");
    await detail.getByText("editor.action.insertSnippet", { exact: true }).first().waitFor();
    await window.screenshot(join(testOutput, "screens", "modelTurnsChild.png"));
    await detail.getByRole("button", { name: "Open the prompt that it is part of" }).click();
    await steps.getByText("Step of the model").first().waitFor();
    await detail.getByRole("button", { name: "Back to the list" }).click();
  });

  it("runs nothing that the user rejects, and tells the model", async () => {
    vendor.reply(running("call_3", "workbench.action.closeAllEditors"), openAiChat({ text: "Then not." }));
    const id = await ask("Close everything", "rejected");
    await answer("workbench.action.closeAllEditors", "Reject");
    assert.equal((await ended(id)).output, "Then not.");
    assert.match(vendor.at(-1).body.toString(), /the user has not allowed this call/);
    assert.deepEqual(await childrenOf(id), []);
  });

  it("is cancelled in the middle, and goes on with a complete conversation", async () => {
    const [first = "", second = ""] = HAIKU;
    const body = chatStream({ text: [`${first}\n`, second] });
    vendor.reply({ body, hold: { at: body.indexOf(second) } });
    const id = await ask("Recite it", "haiku");
    const view = await dashboard.showView();
    const run = view.getByRole("article", { name: /Recite it/ });
    await run.getByText("An old editor").waitFor();
    await run.getByRole("button", { name: /^Cancel/ }).click();
    const turn = await ended(id);
    assert.equal(turn.status, "cancelled");
    assert.match(turn.output, /An old editor/);
    const { closed } = vendor.at(-1);
    await withDeadline(
      new Promise((resolve) => (closed.aborted ? resolve(undefined) : closed.addEventListener("abort", resolve))),
      SEE_DEADLINE_MS,
      "the request to the model to end",
    );
    vendor.reply(openAiChat({ text: "Gladly." }));
    assert.equal((await ended(await ask("Go on", "haiku"))).output, "Gladly.");
    const told = vendor.at(-1).body.toString();
    for (const part of [PROMPT, "The haiku is in the new file.", "Recite it", "An old editor", "Go on"])
      assert.ok(told.includes(part), `the model is not told: ${part}`);
  });
});
