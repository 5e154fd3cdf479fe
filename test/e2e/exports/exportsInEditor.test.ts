import assert from "node:assert/strict";
import { join } from "node:path";
import * as z from "zod";
import { EditorDashboard } from "../../support/dashboard/editorDashboard.ts";
import { startExecution, startPrompt } from "../../support/dashboard/programCalls.ts";
import type { Discovery } from "../../support/editor/bridge.ts";
import type { EditorSession } from "../../support/editor/editorSession.ts";
import type { EditorWindow } from "../../support/editor/editorWindow.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { S3Peer } from "../../support/exports/peers/s3Peer.ts";
import { WebhookPeer } from "../../support/exports/peers/webhookPeer.ts";
import { until } from "../../support/until.ts";
import { describeInBrowser, openBridgeWindow, SUITE_TIMEOUT_MS } from "../support.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const message = z.object({
  type: z.string(),
  data: z.object({ run: z.object({ executionId: z.string(), command: z.string(), status: z.string() }).optional() }),
});

describeInBrowser("Exports, in the editor, from the package", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let peer: WebhookPeer;
  let objects: S3Peer;
  let session: EditorSession;
  let window: EditorWindow;
  let bridge: Discovery;
  let dashboard: EditorDashboard;

  before(async () => {
    peer = await WebhookPeer.start({ secret });
    objects = await S3Peer.start();
    const { bucket, endpoint, account } = objects;
    const team = { name: "team", kind: "webhook", url: peer.url.href, events: ["command-completed"] };
    const store = { kind: "s3", bucket, endpoint: endpoint.href, region: account.region, auth: { kind: "secret" } };
    const archive = { name: "archive", ...store, filter: { targets: ["editor"] } };
    ({ session, window, bridge } = await openBridgeWindow({
      name: "exports",
      machineSettings: { "kiroBridge.exports": [team, archive] },
    }));
    dashboard = new EditorDashboard(window);
  });

  after(async () => {
    await window?.screenshot(join(testOutput, "screens", "exports-end.png"));
    await session?.end();
    await peer?.[Symbol.asyncDispose]();
    await objects?.[Symbol.asyncDispose]();
  });

  const received = () => peer.calls.map(({ body, distrust }) => ({ distrust, ...message.parse(JSON.parse(body)) }));

  async function showExports() {
    const view = await dashboard.showView();
    await view.getByRole("tab", { name: "Exports" }).click();
    return view.getByRole("list", { name: "Exports" });
  }

  async function setSecret(name: string, value: string) {
    await window.runFromPalette("Kiro Bridge: Set Secret of a Destination…");
    const { quickInput } = window;
    await quickInput.widget.getByRole("option", { name }).click();
    await quickInput.widget.getByRole("option", { name: /^Enter it/ }).click();
    await quickInput.enter("Enter the secret of", value);
  }

  it("wait for their secret, and say in the status bar and in the dashboard that they need somebody", async () => {
    const id = await startPrompt(bridge, "Hello", "exports");
    const list = await showExports();
    await list.getByText(/needs you/).waitFor();
    await list.getByText(/Set it with 'Kiro Bridge: Set Secret of a Destination…'/).waitFor();
    await window.page.getByRole("button", { name: /Exports need you: team/ }).waitFor();
    await window.screenshot(join(testOutput, "screens", "exports-blocked.png"));
    assert.deepEqual(peer.calls, []);

    const { quickInput } = window;
    await list.getByRole("button", { name: "Set Secret…: team" }).click();
    await quickInput.widget.getByRole("option", { name: /^Enter it/ }).waitFor();
    await window.page.keyboard.press("Escape");
    await quickInput.widget.waitFor({ state: "hidden" });

    await setSecret("team", secret);
    await until(() => received().length > 0, "what was waiting for the secret");
    assert.deepEqual(received(), [
      {
        distrust: undefined,
        type: "kiro_bridge.command_completed",
        data: { run: { executionId: id, command: "kiro.cli.chat", status: "completed" } },
      },
    ]);
    await list.getByText(/works/).waitFor();
  });

  it("are tested from the palette, which says in words what came back", async () => {
    await window.runFromPalette("Kiro Bridge: Test Destination…");
    await window.quickInput.widget.getByRole("option", { name: "team" }).click();
    await window.waitForNotification(/team.* has received the test item.*answered 204/);
    assert.equal(received().at(-1)?.distrust, undefined);
    assert.match(peer.calls.at(-1)?.body ?? "", /test/);
  });

  it("give a run of an archive back, by its day from the palette, and by its ID from the dashboard", async () => {
    await setSecret("archive", JSON.stringify(objects.account));
    const id = await startExecution(bridge, { command: "workbench.action.closePanel" });
    await until(async () => (await objects.keys()).length > 0, "the run in the archive");
    const [key = ""] = await objects.keys();
    const [day = ""] = key.split("/");
    assert.equal(key, `${day}/${id}.json`);

    await window.runFromPalette("Kiro Bridge: Open Run…");
    const { quickInput } = window;
    await quickInput.pick("Select where the run is", "archive");
    await quickInput.pick("Select the day", day);
    await quickInput.widget.getByText(new RegExp(`${id}, \\d+ KiB`)).waitFor();
    await window.screenshot(join(testOutput, "screens", "exports-open-run.png"));
    await quickInput.pick("Select a run of", "workbench.action.closePanel");
    const panel = await dashboard.frame("panel");
    await panel.getByText(id).first().waitFor();
    await panel.getByText("Imported", { exact: true }).first().waitFor();

    const view = await dashboard.showView();
    await view.getByRole("tab", { name: "History" }).click();
    await view.getByRole("button", { name: "Open a run" }).click();
    await quickInput.pick("Select where the run is", "archive");
    await quickInput.pick("Select the day", "Enter an execution ID…");
    // The box stays when the focus moves, as it does when the user copies the ID from another place.
    await view.getByRole("tab", { name: "History" }).click();
    await quickInput.enter("Enter the ID of the execution", id);
    await view.getByText("Imported", { exact: true }).first().waitFor();
  });
});
