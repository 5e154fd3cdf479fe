import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readDiscoveries } from "../support/editor/bridge.ts";
import type { EditorSession } from "../support/editor/editorSession.ts";
import type { EditorWindow } from "../support/editor/editorWindow.ts";
import { testOutput } from "../support/editor/paths.ts";
import { openAiChat } from "../support/models/forms/openAiChat.ts";
import { ModelServer, type ModelScript } from "../support/models/modelServer.ts";
import { until } from "../support/until.ts";
import { describeInBrowser, openBridgeWindow, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "./support.ts";

const key = "sk-right-0123456789";

/** A vendor that knows one key and one model. */
const vendor: ModelScript = async (request) => {
  if (request.headers["authorization"] !== `Bearer ${key}`)
    return { status: 401, body: '{"error":{"message":"Incorrect API key provided.","code":"invalid_api_key"}}' };
  if (request.url.endsWith("/models")) return { body: '{"object":"list","data":[{"id":"scripted-model"}]}' };
  const answer = openAiChat({ text: "Hello from the model" });
  return typeof answer === "function" ? await answer(request) : answer;
};

describeInBrowser("Models, in the editor, from the package", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;
  let window: EditorWindow;
  let server: ModelServer;

  before(async () => {
    server = await ModelServer.start();
    server.otherwise = vendor;
    const userSettings = {
      "workbench.startupEditor": "none",
      "workbench.secondarySideBar.defaultVisibility": "hidden",
    };
    ({ session, window } = await openBridgeWindow({ name: "models", userSettings }));
    await window.waitForStatusBarItem(/^Kiro Bridge, on/, START_DEADLINE_MS);
  });

  after(async () => {
    await window?.screenshot(join(testOutput, "screens", "models-end.png"));
    await session?.end();
    await server?.dispose();
  });

  /** Asks where the bridge is now: it restarts for a new model, and a bridge of another test may have its port then. */
  async function ask(): Promise<string> {
    const [bridge] = await readDiscoveries(session.profile.bridgeHome);
    if (bridge === undefined) throw new Error("No bridge is on.");
    const response = await fetch(`${bridge.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${bridge.token}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "compatible", messages: [{ role: "user", content: "Hello" }] }),
    });
    return await response.text();
  }

  const keyFile = () =>
    join(session.profile.userData, "User", "globalStorage", "kiro-bridge.kiro-bridge", "keys", "compatible.key");

  it("are added in dialogs that say in words what is wrong, and answer programs with a key that is in no setting", async () => {
    const { quickInput } = window;
    await window.runFromPalette("Kiro Bridge: Add Model…");
    await quickInput.pick("Select the vendor or the server", "Another server with the API of OpenAI");
    await quickInput.enter("The base URL of the server", `${server.url}/v1`);
    await quickInput.pick("Select where the key of the server is", "Enter its key");
    await quickInput.enter("Enter the key of the server", "sk-wrong");
    // The list of models tells it first, and then the test.
    await quickInput.enter("Enter the name of the model", "scripted-model");
    await quickInput.enter("Enter a name for requests to it");
    const dialog = window.page.getByRole("dialog", { name: /cannot be used yet/ });
    await dialog.getByText(/key/).first().waitFor();
    await window.screenshot(join(testOutput, "screens", "models-wrong-key.png"));
    assert.match((await dialog.textContent()) ?? "", /401|rejected|key/i);
    await dialog.getByRole("button", { name: "Enter the Key Again" }).click();
    await quickInput.enter("Enter the key of “compatible”", key);
    await window.waitForNotification(/“compatible” was added\. It answered: Hello from the model/);

    assert.equal(await readFile(keyFile(), "utf8"), key);
    assert.equal((await stat(keyFile())).mode & 0o777, 0o600);
    const settings = await readFile(join(session.profile.userData, "Machine", "settings.json"), "utf8");
    assert.match(settings, /"scripted-model"/);
    assert.doesNotMatch(settings, /sk-/);
    await until(async () => (await ask()).includes("Hello from the model"), "the answer of the new model");
  });

  it("are removed with their keys", async () => {
    await window.runFromPalette("Kiro Bridge: Remove Model…");
    await window.quickInput.pick("Select the model", "compatible");
    await window.page.getByRole("dialog").getByRole("button", { name: "Remove Model" }).click();
    const isGone = async () => (await stat(keyFile()).catch(() => undefined)) === undefined;
    await until(isGone, "the removal of the key");
    await until(async () => (await ask()).includes("model_not_found"), "the removal of the model");
  });

  it("can be added as soon as the bridge is on, also from a palette that was open before", async () => {
    await window.runFromPalette("Kiro Bridge: Stop");
    await window.waitForStatusBarItem(/^Kiro Bridge, off/, START_DEADLINE_MS);
    await window.runFromPalette("Kiro Bridge: Start");
    await window.runFromPalette("Kiro Bridge: Add Model…");
    await window.quickInput.widget.getByPlaceholder("Select the vendor or the server").waitFor();
  });
});
