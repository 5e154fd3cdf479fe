import assert from "node:assert/strict";
import { engineSchema } from "../../../../src/agents/engines/engineSettings.ts";
import type { Models, ModelsPorts } from "../../../../src/agents/engines/models.ts";
import type { EditorModels, EngineKeys } from "../../../../src/agents/engines/ports.ts";
import { composeModels } from "../../../../src/agents/modelsLibrary.ts";
import { Emitter, noEvent } from "../../../../src/base/events.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { ModelFailure } from "../../../../src/core/models/modelFailure.ts";
import { Redactor } from "../../../../src/core/privacy/redactor.ts";
import { openAiChat } from "../../../support/models/forms/openAiChat.ts";
import { ModelServer } from "../../../support/models/modelServer.ts";
import { says } from "../../../support/models/scriptedWire.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { FakeLedger, forGood, ToolTurn } from "./loop/modelAgentRig.ts";

const WORKSPACE = "/work/project";
const key = "sk-test-0123456789abcdef0123456789";

class FakeKeys implements EngineKeys {
  readonly #changed = new Emitter<string>();
  readonly onDidChange = this.#changed.event;
  value: string | undefined = key;
  reads = 0;

  read(): Promise<string | undefined> {
    this.reads += 1;
    return Promise.resolve(this.value);
  }

  change(value: string): void {
    this.value = value;
    this.#changed.fire("local");
  }
}

const editorModels: EditorModels = {
  list: () => Promise.resolve([{ id: "copilot/x", name: "X", vendor: "copilot", maxInputTokens: 1000 }]),
  onDidChange: noEvent,
  async *stream() {
    yield* says("From the editor.");
  },
};

describe("The models of the settings", () => {
  let server: ModelServer;
  let keys: FakeKeys;
  let models: Models;
  let folder: string;
  beforeEach(async () => {
    server = await ModelServer.start();
    folder = await temporaryFolder();
    keys = new FakeKeys();
    models = composeModels(ports());
  });
  afterEach(async () => {
    await models.dispose();
    await server.dispose();
    await removeFolder(folder);
  });

  function ports(more: Partial<ModelsPorts> = {}): ModelsPorts {
    return {
      engines: [
        engineSchema.parse({ id: "local", wire: "openai-chat", baseUrl: `${server.url}/v1`, models: ["small"] }),
        engineSchema.parse({ id: "listing", wire: "openai-chat", baseUrl: `${server.url}/v1`, auth: { kind: "none" } }),
        engineSchema.parse({ id: "in-editor", wire: "vscode-lm" }),
      ],
      keys,
      editorModels,
      ledger: new FakeLedger(),
      storageFolder: folder,
      keptMs: 86_400_000,
      keptBytes: 10_000_000,
      redactor: new Redactor(),
      logger: silentLogger,
      ...more,
    };
  }

  it("read no key and connect to nothing before they are used", async () => {
    assert.deepEqual([keys.reads, server.requests.length], [0, 0]);
    await models.starterOf("local")({ workspacePath: WORKSPACE }, forGood);
    assert.deepEqual([keys.reads, server.requests.length], [0, 0]);
  });

  it("answer as agents, each conversation at its place, and go on with it later", async () => {
    const request = { workspacePath: WORKSPACE, sessionId: "sess-1", place: { name: "default", ownerId: undefined } };
    server.reply(openAiChat({ text: "Hello." }), openAiChat({ text: "Again." }), openAiChat({ text: "Anew." }));
    const first = await models.starterOf("local")(request, forGood);
    const turn = new ToolTurn();
    await first.agent.prompt("Hi", turn, forGood);
    assert.deepEqual([first.isResumed, first.agent.transport, turn.stdout], [false, "openai-chat", "Hello."]);
    await first.agent.dispose();

    const second = await models.starterOf("local")(request, forGood);
    assert.equal(second.isResumed, true);
    await second.agent.prompt("Once more", new ToolTurn(), forGood);
    assert.match(server.at(1).body.toString(), /Hi.*Hello\..*Once more/);
    await second.agent.dispose();

    const renewed = await models.starterOf("local")({ ...request, isNew: true }, forGood);
    assert.equal(renewed.isResumed, false);
    await renewed.agent.prompt("New", new ToolTurn(), forGood);
    assert.doesNotMatch(server.at(2).body.toString(), /Hello/);
    await renewed.agent.dispose();
    await renewed.forget?.();
    const forgotten = await models.starterOf("local")(request, forGood);
    assert.equal(forgotten.isResumed, false);
  });

  it("keep a conversation without a place, or without a folder, only as long as its agent", async () => {
    server.otherwise = openAiChat({ text: "Hello." });
    const place = { name: "default", ownerId: undefined };
    for (const [composed, request] of [
      [models, { workspacePath: WORKSPACE }],
      [composeModels(ports({ storageFolder: undefined })), { workspacePath: WORKSPACE, place }],
    ] as const) {
      const first = await composed.starterOf("local")(request, forGood);
      await first.agent.prompt("Hi", new ToolTurn(), forGood);
      await first.agent.dispose();
      const second = await composed.starterOf("local")(request, forGood);
      assert.equal(second.isResumed, false);
      await composed.dispose();
    }
  });

  it("use a key that was changed at the next request", async () => {
    server.otherwise = openAiChat({ text: "Hello." });
    const { agent } = await models.starterOf("local")({ workspacePath: WORKSPACE }, forGood);
    await agent.prompt("Hi", new ToolTurn(), forGood);
    keys.change("sk-other-0123456789abcdef0123456789");
    await agent.prompt("Hi", new ToolTurn(), forGood);
    const sent = server.requests.map(({ headers }) => headers["authorization"]);
    assert.deepEqual(sent, [`Bearer ${key}`, "Bearer sk-other-0123456789abcdef0123456789"]);
  });

  it("list what the settings name, or what the vendor does, which is asked once", async () => {
    assert.deepEqual(await models.listModels("local", forGood), [{ id: "small", name: "small" }]);
    assert.equal(server.requests.length, 0);
    const list = { object: "list", data: [{ id: "m-1", object: "model" }] };
    server.reply({ body: JSON.stringify(list) });
    const listed = await models.listModels("listing", forGood);
    assert.deepEqual([listed.map(({ id }) => id), await models.listModels("listing", forGood)], [["m-1"], listed]);
    assert.equal(server.requests.length, 1);
    assert.deepEqual(await models.listModels("in-editor", forGood), [{ id: "copilot/x", name: "X" }]);
  });

  it("reach the models of the editor without a key", async () => {
    const { agent } = await models.starterOf("in-editor")({ workspacePath: WORKSPACE }, forGood);
    const turn = new ToolTurn();
    await agent.prompt("Hi", turn, forGood);
    assert.deepEqual([agent.transport, turn.stdout, keys.reads], ["vscode-lm", "From the editor.", 0]);
  });

  it("test settings with one real call and their own key", async () => {
    const settings = engineSchema.parse({
      id: "unsaved",
      wire: "openai-chat",
      baseUrl: `${server.url}/v1`,
      models: ["m"],
    });
    server.reply(openAiChat({ text: "pong" }), { status: 401, body: '{"error":{"message":"Incorrect API key"}}' });
    const tested = await models.test(settings, "sk-unsaved-0123456789", forGood);
    assert.equal(tested.text, "pong");
    assert.equal(server.at(0).headers["authorization"], "Bearer sk-unsaved-0123456789");
    await assert.rejects(models.test(settings, "sk-unsaved-0123456789", forGood), {
      code: "KIRO_UNAVAILABLE",
      context: { reason: "not_logged_in", cause: "engine-unauthorized", engine: "unsaved", status: 401 },
    });
    assert.equal(keys.reads, 0);
  });

  it("name an engine that there is not", async () => {
    assert.throws(() => models.starterOf("other"), { code: "NOT_FOUND", message: /'other'/ });
    await assert.rejects(models.listModels("other", forGood), { code: "NOT_FOUND" });
  });

  it("recognize failures of another bundle, which has its own copy of the class", () => {
    const other = Object.assign(new Error("busy"), { [Symbol.for("kiro-bridge.ModelFailure")]: true });
    assert.ok(other instanceof ModelFailure);
    assert.ok(!(new Error("other") instanceof ModelFailure));
  });
});
