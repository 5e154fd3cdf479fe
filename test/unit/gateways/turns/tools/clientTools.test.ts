import assert from "node:assert/strict";
import { failureOf, request, tool, TurnsRig, user } from "../turnsRig.ts";

const tools = [tool("bash"), tool("read.file")];
const list = user("List");

describe("The tools of a client", () => {
  let rig: TurnsRig;
  beforeEach(() => {
    rig = new TurnsRig();
  });
  afterEach(() => rig.dispose());

  it("are ignored, and named to it, if the user wants that or the agent takes none", async () => {
    rig.set({ "gateways.clientTools": "ignore" });
    assert.deepEqual((await rig.ask(request([list], { tools }))).response.ignored, ["tools"]);
    assert.equal(rig.agent.heard[0]?.tools, undefined);
    rig.set({ "gateways.clientTools": "lend" });
    assert.deepEqual((await rig.ask(request([user("b")], { tools }))).response.ignored, []);
    rig.agent.takesTools = false;
    assert.deepEqual((await rig.ask(request([user("c")], { tools }))).response.ignored, ["tools"]);
    assert.deepEqual((await rig.ask(request([user("d")]))).response.ignored, []);
  });

  it("are refused if the user wants that", async () => {
    rig.set({ "gateways.clientTools": "refuse" });
    await assert.rejects(rig.respond(request([list], { tools })), { code: "VALIDATION_FAILED" });
    await rig.ask(request([list]));
    assert.equal(rig.executions, 1);
  });

  it("are not lent for a request that wants no call", async () => {
    await rig.ask(request([list], { tools, toolChoice: "none" }));
    assert.equal(rig.agent.heard[0]?.tools, undefined);
  });

  it("cannot be required unless there is one, whose arguments are then asked for", async () => {
    rig.agent.answer = async (_prompt, context) => {
      context.output('{"path":"a"}');
      return "end_turn";
    };
    const { calls } = await rig.ask(request([list], { tools: [tool("read")], toolChoice: "required" }));
    assert.deepEqual(
      calls.map(({ name, arguments: args }) => [name, args]),
      [["read", '{"path":"a"}']],
    );
    for (const several of [[], [tool("read"), tool("write")]]) {
      const failure = await failureOf(rig.respond(request([list], { tools: several, toolChoice: "required" })));
      assert.deepEqual([failure.code, failure.context?.["field"]], ["VALIDATION_FAILED", "tool_choice"]);
    }
  });

  it("have names that no other one has, and a bounded size", async () => {
    const many = Array.from({ length: 513 }, (_, index) => tool(`t${index}`));
    const large = [{ ...tool("a"), description: "x".repeat(3 * 1024 * 1024) }];
    for (const wrong of [[tool("a"), tool("a")], [tool("")], [tool("x".repeat(1001))], many, large]) {
      await assert.rejects(rig.respond(request([list], { tools: wrong })), { code: "VALIDATION_FAILED" });
    }
    assert.equal(rig.executions, 0);
  });
});
