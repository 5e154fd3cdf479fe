import assert from "node:assert/strict";
import { until } from "../../../support/until.ts";
import { read, request, tool, TurnsRig, user } from "./turnsRig.ts";

describe("The overview of conversations", () => {
  it("says what each one is doing, and fires when that changes", async () => {
    const rig = new TurnsRig();
    const states: string[] = [];
    rig.turns.onDidChange(() =>
      states.push(
        rig.turns
          .overview()
          .map(({ state }) => state)
          .join(),
      ),
    );
    rig.agent.answer = async (prompt, context) => {
      await rig.lent.at(prompt.tools?.url).call("bash", {}, context.signal);
      context.signal.throwIfAborted();
      return "end_turn";
    };
    const response = await rig.respond(request([user("Hi")], { tools: [tool("bash")], model: "kiro" }));
    const working = rig.turns.overview();
    await until(() => rig.clock.waiting > 0);
    await rig.clock.pass(100);
    const { calls } = await read(response);
    const [parked] = rig.turns.overview();
    assert.deepEqual(
      working.map(({ state, executionIds }) => [state, executionIds]),
      [["working", [response.executionId]]],
    );
    assert.deepEqual(
      parked?.parkedCalls,
      calls.map(({ id, name }) => ({ id, name })),
    );
    const { lastUsedAt, tokens, ...rest } = parked ?? {};
    assert.ok((tokens ?? 0) > 0 && (lastUsedAt ?? 0) > 0);
    assert.deepEqual(rest, {
      id: response.session,
      principal: { id: "owner", name: "Owner" },
      program: "test",
      via: "http",
      model: "kiro",
      workspacePath: undefined,
      state: "parked",
      responses: 1,
      executionIds: [response.executionId],
      parkedCalls: parked?.parkedCalls,
    });
    await rig.core.dispatcher.cancel(response.executionId);
    await until(() => rig.turns.overview().length === 0);
    assert.equal(states.at(-1), "");
    await rig.dispose();
  });
});
