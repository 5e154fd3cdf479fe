import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { executeResponseSchema } from "../../../src/protocol/executions.ts";
import { DynamoPeer } from "../../support/exports/peers/dynamoPeer.ts";
import { FunctionPeer } from "../../support/exports/peers/functionPeer.ts";
import { FakeAgent } from "../../support/fakePorts.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import type { Question } from "../../../src/core/ports.ts";
import { startTestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";

const question: Question = { prompt: "Which?", inputType: "choice", choices: ["left", "right"], safeAnswer: "left" };

describe("A run of a bridge, by HTTP", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  it("is an item of a table while it asks and when it has ended, and events for a function", async () => {
    await using table = await DynamoPeer.start();
    const types: unknown[] = [];
    await using hook = await FunctionPeer.startForEvents(
      ({ type }: { readonly type?: unknown }) => void types.push(type),
    );
    const storageFolder = await temporaryFolder();
    store.defer(() => removeFolder(storageFolder));
    const records = {
      kind: "dynamodb",
      table: table.table,
      region: table.account.region,
      endpoint: table.endpoint.href,
    };
    const exports = [
      { name: "runs", ...records, auth: { kind: "secret" } },
      { name: "react", kind: "cloud-function", url: hook.url.href, auth: { kind: "none" } },
    ];
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => ({ kind: "completed", output: await context.ask(question) });
    const bridge = await startTestBridge({
      agent,
      storageFolder,
      settings: () => (key: string) => (key === "exports" ? exports : undefined),
      exportSecrets: {
        read: (name) => Promise.resolve(name === "runs" ? JSON.stringify(table.account) : undefined),
        onDidChange: () => ({ dispose: () => undefined }),
      },
    });
    store.add(bridge);
    const item = async (id: string) => (await table.items()).find((each) => each["id"]?.["S"] === id);
    const asked = await bridge.execute({ command: "kiro.cli.chat", args: ["hi"] });
    const { executionId } = executeResponseSchema.parse(asked.json);
    await until(
      async () => (await item(executionId))?.["status"]?.["S"] === "waiting-input",
      "the item of a run that asks",
    );
    await bridge.call("/api/kiro/input", { body: { value: "right", type: "choice", executionId } });
    await until(async () => (await item(executionId))?.["status"]?.["S"] === "completed", "the item of the end");
    assert.deepEqual((await item(executionId))?.["questions"], { N: "1" });
    assert.doesNotMatch(JSON.stringify(await table.items()), /right|Which|"hi"/);
    await until(() => types.length >= 2, "the events of the function");
    assert.deepEqual(types, ["kiro_bridge.user_input_required", "kiro_bridge.command_completed"]);
  });
});
