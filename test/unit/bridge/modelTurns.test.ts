import assert from "node:assert/strict";
import { join } from "node:path";
import { executeResponseSchema, executionListSchema } from "../../../src/protocol/executions.ts";
import { openAiChat } from "../../support/models/forms/openAiChat.ts";
import { ModelServer } from "../../support/models/modelServer.ts";
import { type EngineBridge, startEngineBridge } from "../../support/models/startEngineBridge.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";

describe("A turn of a model in a bridge", () => {
  let vendor: ModelServer;
  let rig: EngineBridge;
  const start = async (
    settings: Readonly<Record<string, unknown>> = {},
    folders?: Parameters<typeof startEngineBridge>[1],
  ): Promise<void> => {
    const engine = {
      id: "local",
      baseUrl: `${vendor.url}/v1`,
      models: ["test-model"],
      prices: { input: 1, output: 2 },
    };
    rig = await startEngineBridge({ engines: [engine], settings }, folders);
  };
  beforeEach(async () => {
    vendor = await ModelServer.start();
  });
  afterEach(async () => {
    await rig.dispose();
    await vendor.dispose();
  });
  const chat = async (prompt: string) => executeResponseSchema.parse((await rig.run("local", "chat", [prompt])).json);

  it("answers, remembers the turn before, and is counted in the metrics and the use of today", async () => {
    await start();
    vendor.reply(openAiChat({ text: ["Hel", "lo"] }), openAiChat({ text: "Again" }));
    const first = await chat("Hi");
    assert.deepEqual([first.output, first.stopReason, first.sessionId], ["Hello", "end_turn", "sess-local-1"]);
    const second = await chat("And?");
    assert.equal(second.output, "Again");
    assert.match(vendor.at(1).body.toString(), /"Hi".*"Hello".*"And\?"/s);
    const { text } = await rig.bridge.call("/metrics");
    assert.match(text, /kiro_bridge_engine_steps_total\{engine="local"\} 2/);
    const used = await rig.bridge.core.enginesModule?.usage();
    assert.deepEqual([used?.engines[0]?.steps, used?.engines[0]?.cost], [2, (2 * (10 * 1 + 5 * 2)) / 1_000_000]);
  });

  it("runs a command of the editor by a tool, as a child that the history has", async () => {
    await start({ "agents.approval": "allow" });
    const call = { id: "call-1", name: "run_command", arguments: '{"id":"test.echo","params":["From a model"]}' };
    vendor.reply(openAiChat({ calls: [call] }), openAiChat({ text: "Done" }));
    const { output, executionId } = await chat("Use a tool");
    assert.equal(output, "Done");
    const { json } = await rig.bridge.call(`/api/kiro/executions?parentId=${executionId}`);
    const children = executionListSchema.parse(json).executions;
    assert.deepEqual(
      children.map(({ command, status, output: text, requestedBy }) => [command, status, text, requestedBy?.via]),
      [["test.echo", "completed", "From a model", "agent"]],
    );
    assert.match(vendor.at(1).body.toString(), /From a model/);
  });

  it("calls a tool of an MCP server of the settings, which is a command of its own", async () => {
    const program = join(import.meta.dirname, "../../support/programs/mcpServer.ts");
    const files = { command: process.execPath, args: [program] };
    await start({ "agents.approval": "allow", "agents.mcpServers": { files } });
    const call = { id: "call-1", name: "files_echo", arguments: '{"text":"From a server"}' };
    vendor.reply(openAiChat({ calls: [call] }), openAiChat({ text: "Done" }));
    const { output, executionId } = await chat("Use a tool");
    assert.equal(output, "Done");
    const { json } = await rig.bridge.call(`/api/kiro/executions?parentId=${executionId}`);
    const [child] = executionListSchema.parse(json).executions;
    assert.deepEqual(
      [child?.command, child?.target, child?.output],
      ["kiro.tools.files.echo", "tools", "From a server"],
    );
  });

  it("continues a conversation after the bridge has started again, unless its session was closed", async () => {
    vendor.reply(openAiChat({ text: "One" }), openAiChat({ text: "Two" }), openAiChat({ text: "Three" }));
    const folders = { folder: await temporaryFolder(), storageFolder: await temporaryFolder() };
    await start({}, folders);
    await chat("First");
    await rig.dispose();
    await start({}, folders);
    await chat("Second");
    assert.match(vendor.at(1).body.toString(), /"First".*"One".*"Second"/s);
    await rig.run("local", "closeSession", ["default"]);
    await rig.dispose();
    await start({}, folders);
    await chat("Third");
    assert.doesNotMatch(vendor.at(2).body.toString(), /"First"|"Second"/);
    await rig.dispose();
    await Promise.all(Object.values(folders).map((folder) => removeFolder(folder)));
  });
});
