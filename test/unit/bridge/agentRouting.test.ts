import assert from "node:assert/strict";
import { chatResponseSchema, sessionListSchema } from "../../../src/protocol/chat.ts";
import { FakeAgent } from "../../support/fakePorts.ts";
import { Policy } from "../../../src/core/commands/policy.ts";
import { fakeLibrary, FakeModels } from "../../support/models/fakeModels.ts";
import { type EngineBridge, startEngineBridge } from "../../support/models/startEngineBridge.ts";

describe("Chats and sessions with several agents", () => {
  let rig: EngineBridge;
  const start = async (settings: Readonly<Record<string, unknown>> = {}, policy?: Policy): Promise<void> => {
    rig = await startEngineBridge({
      engines: [{ id: "local" }],
      settings,
      loadEngines: async () => fakeLibrary(new FakeModels()),
      ...(policy !== undefined && { policy }),
    });
  };
  afterEach(() => rig.dispose());

  const chat = async (body: object) =>
    chatResponseSchema.parse((await rig.bridge.call("/kiro/chat", { body: { prompt: "ok", ...body } })).json);
  const sessions = async () => {
    const { json } = await rig.bridge.call("/kiro/sessions");
    return sessionListSchema.parse(json).sessions.map(({ id, agent }) => [id, agent]);
  };

  it("answer by the agent that is wanted, and name it", async () => {
    await start();
    assert.deepEqual(
      [(await chat({ target: "local" })).agent, (await chat({ target: "kiro" })).agent],
      ["local", "kiro"],
    );
    assert.equal((await chat({})).agent, "kiro");
    const refused = await rig.bridge.call("/kiro/chat", { body: { prompt: "ok", target: "nobody" } });
    assert.equal(refused.status, 400);
  });

  it("answer by the default of the settings", async () => {
    await start({ "agents.default": "local" });
    assert.equal((await chat({})).agent, "local");
  });

  it("list the sessions of engines with their agent, and close them by ID or name", async () => {
    await start();
    await chat({ target: "local", session: "mine" });
    await chat({ target: "local", session: "other" });
    assert.deepEqual(await sessions(), [
      ["sess-local-1", "local"],
      ["sess-local-2", "local"],
    ]);
    const byName = await rig.bridge.call("/kiro/sessions/mine", { method: "DELETE" });
    const byId = await rig.bridge.call("/kiro/sessions/sess-local-2", { method: "DELETE" });
    assert.deepEqual([byName.status, byId.status, await sessions()], [200, 200, []]);
  });

  it("leave out the sessions of an engine whose commands are denied, and do not close them", async () => {
    const denied = ["kiro.engines.local.listSessions", "kiro.engines.local.closeSession"];
    await start({}, new Policy(["*"], denied));
    await chat({ target: "local", session: "mine" });
    assert.deepEqual(await sessions(), []);
    assert.equal((await rig.bridge.call("/kiro/sessions/sess-local-1", { method: "DELETE" })).status, 403);
  });

  it("answer by the fallback while Kiro is unavailable, and name it", async () => {
    await start({ "agents.fallback": "local" });
    const { agent } = rig.bridge.core;
    assert.ok(agent instanceof FakeAgent);
    agent.cliStatus = () => ({ state: "unavailable", sessions: 0 });
    assert.deepEqual([(await chat({})).agent, (await chat({ target: "kiro" })).agent], ["local", "local"]);
    agent.cliStatus = () => ({ state: "ready", sessions: 0 });
    assert.equal((await chat({})).agent, "kiro");
  });
});
