import assert from "node:assert/strict";
import * as vscode from "vscode";
import { fake, fakeCalls, fakeSay } from "../../fixtures/simulator/directive.ts";
import { eventually } from "../../support/editor/deadline.ts";
import { restartWith } from "../bridgeSettings.ts";
import { askModel, offeredModel, VENDOR } from "./offeredModel.ts";
import type { Discovery } from "../support.ts";

const DEADLINE_MS = 60_000;

const kiro = () => offeredModel("kiro");

describe("Kiro among the models of the editor", () => {
  let bridge: Discovery;

  before(async () => {
    bridge = await restartWith({ "cli.path": "simulator" });
  });

  after(() => restartWith({ "cli.path": undefined }));

  const executions = async () => {
    const response = await fetch(`${bridge.url}/api/kiro/executions?limit=20`, {
      headers: { authorization: `Bearer ${bridge.token}` },
    });
    const { executions: found } = Object(await response.json());
    return found;
  };

  it("answers other extensions, as a prompt of the user that is in the history", async () => {
    const { text } = await askModel(await kiro(), [
      vscode.LanguageModelChatMessage.User(fakeSay("Hello from the editor")),
    ]);
    assert.equal(text, "Hello from the editor");
    const [latest] = await executions();
    const { command, status, requestedBy } = latest;
    assert.deepEqual([command, status, requestedBy.origin], ["kiro.cli.chat", "completed", "editor"]);
  });

  it("calls the tools of the editor's chat, and goes on with their results", async () => {
    const tool = {
      name: "weather",
      description: "Tells the weather",
      inputSchema: { type: "object", properties: { city: { type: "string" } } },
    };
    const prompt = fakeCalls([[{ tool: "weather", args: { city: "Bern" } }]]);
    const model = await kiro();
    const messages = [vscode.LanguageModelChatMessage.User(prompt)];
    const { calls } = await askModel(model, messages, { tools: [tool] });
    assert.deepEqual(
      calls.map(({ name, input }) => [name, input]),
      [["weather", { city: "Bern" }]],
    );
    const [call] = calls;
    assert.ok(call);
    const { text } = await askModel(
      model,
      [
        ...messages,
        vscode.LanguageModelChatMessage.Assistant([call]),
        vscode.LanguageModelChatMessage.User([
          new vscode.LanguageModelToolResultPart(call.callId, [new vscode.LanguageModelTextPart("It rains in Bern")]),
        ]),
      ],
      { tools: [tool] },
    );
    assert.match(text, /It rains in Bern/);
  });

  it("stops when the editor cancels its request", async function () {
    // It does not tell the provider of a model that a request was cancelled which had begun.
    if (vscode.version.startsWith("1.110.")) this.skip();
    const cancelling = new vscode.CancellationTokenSource();
    const prompt = vscode.LanguageModelChatMessage.User(fake("cancel"));
    const { stream } = await (await kiro()).sendRequest([prompt], {}, cancelling.token);
    for await (const _part of stream) cancelling.cancel();
    cancelling.dispose();
    const isCancelled = async () => ((await executions())[0].status === "cancelled" ? true : undefined);
    await eventually(isCancelled, { what: "the end of the cancelled prompt", deadlineMs: DEADLINE_MS });
  });

  it("tells how many tokens a text has", async () => {
    assert.equal(await (await kiro()).countTokens("12345678"), 2);
  });

  it("is gone while the bridge is off", async () => {
    await vscode.commands.executeCommand("kiroBridge.stop", { force: true });
    assert.deepEqual(await vscode.lm.selectChatModels({ vendor: VENDOR }), []);
    bridge = await restartWith({});
    await kiro();
  });
});
