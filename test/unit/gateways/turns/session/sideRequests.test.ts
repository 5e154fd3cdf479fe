import assert from "node:assert/strict";
import { assistant, read, request, tool, TurnsRig, user } from "../turnsRig.ts";

describe("A request without tools while the same client is working", () => {
  let rig: TurnsRig;
  beforeEach(() => {
    rig = new TurnsRig();
  });
  afterEach(() => rig.dispose());

  it("gets a session that ends with it, and the model for such requests", async () => {
    rig.models.push("small", "large");
    rig.set({ "gateways.sideModel": "kiro/small" });
    const gate = Promise.withResolvers<void>();
    rig.agent.answer = async ({ text }) => {
      if (text === "work") await gate.promise;
      return "end_turn";
    };
    const more = { model: "kiro/large", tools: [tool("bash")] };
    const working = await rig.respond(request([user("work")], more));
    await rig.ask(request([user("title")], { model: "kiro/large" }));
    await rig.ask(request([user("more work")], more));
    gate.resolve();
    await read(working);
    const models = rig.agent.heard.map(({ text, model }) => [text, model]);
    assert.deepEqual(models, [
      ["work", "large"],
      ["title", "small"],
      ["more work", "large"],
    ]);
    assert.equal(rig.agent.heard[1]?.session, "fresh");
    await rig.ask(request([user("alone")], { model: "kiro/large" }));
    assert.equal(rig.agent.heard[3]?.model, "large");
  });

  it("is none while a turn is being cancelled whose answer was cut off", async () => {
    const ending = Promise.withResolvers<void>();
    rig.agent.answer = async ({ text }, context) => {
      context.output(`${text} STOP`);
      if (text === "one") await ending.promise;
      return "end_turn";
    };
    await rig.ask(request([user("one")], { stop: ["STOP"] }));
    await rig.ask(request([user("two")]));
    assert.notEqual(rig.agent.heard[1]?.session, "fresh");
    await rig.ask(request([user("two"), assistant("two STOP"), user("three")]));
    assert.equal(rig.agent.heard[2]?.session, rig.agent.heard[1]?.session);
    ending.resolve();
  });

  it("is answered although the client may have no more sessions", async () => {
    rig.set({ "gateways.maxSessions": 1 });
    const gate = Promise.withResolvers<void>();
    rig.agent.answer = async ({ text }, context) => {
      if (text === "work") await gate.promise;
      context.output(text);
      return "end_turn";
    };
    const working = await rig.respond(request([user("work")]));
    const titles = await Promise.all([1, 2, 3].map((number) => rig.ask(request([user(`title ${number}`)]))));
    gate.resolve();
    assert.deepEqual(
      titles.map(({ text }) => text),
      ["title 1", "title 2", "title 3"],
    );
    assert.equal((await read(working)).text, "work");
    assert.equal(rig.turns.overview().length, 1);
  });
});
