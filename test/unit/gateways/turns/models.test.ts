import assert from "node:assert/strict";
import { resolveModel } from "../../../../src/gateways/turns/models.ts";
import { failureOf, request, TurnsRig, user } from "./turnsRig.ts";

describe("The model of a turn", () => {
  let rig: TurnsRig;
  beforeEach(() => {
    rig = new TurnsRig();
  });
  afterEach(() => rig.dispose());

  async function modelFor(model: string): Promise<string | undefined> {
    await rig.ask(request([user("Hi")], { model }));
    return rig.agent.heard.at(-1)?.model;
  }

  it("is the one of the session for `kiro`, and one of the agent's for `kiro/<id>`", async () => {
    rig.models.push("auto", "claude-sonnet-4.5");
    assert.equal(await modelFor("kiro"), undefined);
    assert.equal(await modelFor("kiro/claude-sonnet-4.5"), "claude-sonnet-4.5");
  });

  it("has the names that the user has set", async () => {
    rig.models.push("fast");
    rig.set({ "gateways.modelAliases": { "gpt-4o": "kiro/fast", opus: "kiro" } });
    assert.equal(await modelFor("gpt-4o"), "fast");
    assert.equal(await modelFor("opus"), undefined);
  });

  it("is the agent's to refuse if it does not say which models it has", async () => {
    assert.equal(await modelFor("kiro/any"), "any");
  });

  it("that nobody has is refused with three near ones, and nothing runs", async () => {
    rig.models.push("claude-sonnet-4.5", "claude-sonnet-4", "claude-haiku-4.5", "gpt");
    const error = await failureOf(rig.respond(request([user("Hi")], { model: "kiro/claude-sonnet-4.6" })));
    assert.equal(error.code, "NOT_FOUND");
    assert.equal(error.context?.["vendorCode"], "model_not_found");
    assert.deepEqual(error.context?.["near"], ["kiro/claude-sonnet-4.5", "kiro/claude-sonnet-4", "kiro"]);
    for (const model of ["gpt-4o", "", "kiro/", "constructor", "__proto__"]) {
      assert.equal((await failureOf(rig.respond(request([user("Hi")], { model })))).code, "NOT_FOUND");
    }
    assert.equal(rig.executions, 0);
  });

  it("that an engine has, but the client has named without it, is suggested with its engine", async () => {
    const others = () => Promise.resolve(["openai", "openai/gpt-4", "openai/gpt-4o"]);
    const error = await failureOf(resolveModel("gpt-4o", {}, { list: () => Promise.resolve([]), others }));
    assert.deepEqual(error.context?.["near"], ["openai/gpt-4o", "kiro", "openai"]);
  });
});
