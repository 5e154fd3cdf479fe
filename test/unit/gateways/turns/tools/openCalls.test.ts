import assert from "node:assert/strict";
import { PARKED_MS } from "../../../../../src/gateways/turns/answer/agentTurn.ts";
import type { LentResult } from "../../../../../src/gateways/turns/lending.ts";
import { until } from "../../../../support/until.ts";
import { settled } from "../../../../support/windows/manualClock.ts";
import { assistant, read, type ReadResponse, request, result, tool, TurnsRig, user } from "../turnsRig.ts";

const tools = [tool("bash"), tool("read")];

describe("The open calls of a turn", () => {
  let rig: TurnsRig;
  let results: LentResult[];
  beforeEach(() => {
    rig = new TurnsRig();
    results = [];
  });
  afterEach(() => rig.dispose());

  /** Reads a response that ends with calls. */
  async function parked(asked: ReturnType<typeof request>): Promise<ReadResponse> {
    const reading = rig.respond(asked).then((response) => read(response));
    await settled();
    await until(() => rig.clock.waiting > 0);
    await rig.clock.pass(100);
    return await reading;
  }

  it("are sent one after the other to a client that takes one at a time", async () => {
    rig.agent.answer = async ({ tools: lent }) => {
      const server = rig.lent.at(lent?.url);
      results.push(...(await Promise.all([server.call("bash"), server.call("read")])));
      return "end_turn";
    };
    const more = { tools, takesOneCall: true };
    const first = await parked(request([user("go")], more));
    assert.deepEqual(
      first.calls.map(({ name }) => name),
      ["bash"],
    );
    const bash = [user("go"), assistant("", first.calls), result(first.calls[0]?.id ?? "", "of bash")];
    const second = await parked(request(bash, more));
    assert.deepEqual(
      second.calls.map(({ name }) => name),
      ["read"],
    );
    const both = [...bash, assistant("", second.calls), result(second.calls[0]?.id ?? "", "of read")];
    const last = await rig.ask(request(both, more));
    assert.equal(last.last?.type === "end" && last.last.stopReason, "end");
    assert.deepEqual(results.map(textOf), ["of bash", "of read"]);
    assert.equal(rig.executions, 1);
  });

  it("are those of the turn that runs, while the answer of the one before is still read as JSON", async () => {
    const session = { tools, session: "work" };
    const one = await rig.respond(request([user("one")], { ...session, answerSchema: { type: "object" } }));
    rig.agent.answer = async ({ text, tools: lent }, context) => {
      if (text.startsWith("one")) {
        context.output("{}");
        return "end_turn";
      }
      results.push(await rig.lent.at(lent?.url).call("bash"));
      return "end_turn";
    };
    const two = rig.respond(request([user("two")], session)).then((response) => read(response));
    await read(one);
    await until(() => rig.agent.heard.length === 2);
    await settled();
    await rig.clock.pass(100);
    const { calls } = await two;
    assert.deepEqual(
      calls.map(({ name }) => name),
      ["bash"],
    );
    assert.deepEqual(results, []);
  });

  it("open a server again for the next request of a named session, if it could not be opened", async () => {
    const open = rig.lent.open.bind(rig.lent);
    rig.lent.open = () => Promise.reject(new Error("no address yet"));
    const asked = (text: string) => request([user(text)], { tools, session: "work" });
    await assert.rejects(rig.respond(asked("one")), /no address yet/);
    rig.lent.open = open;
    assert.equal((await rig.ask(asked("two"))).text, "answer to two");
  });

  it("fail at once after the client was late, so that no agent waits for them while it is cancelled", async () => {
    rig.agent.answer = async ({ tools: lent }) => {
      const server = rig.lent.at(lent?.url);
      results.push(await server.call("bash"));
      // Some agents try again before they look whether they are cancelled.
      results.push(await server.call("bash"));
      return "end_turn";
    };
    const { response } = await parked(request([user("go")], { tools }));
    await rig.clock.pass(PARKED_MS);
    await rig.core.executions.get(response.executionId)?.settled;
    assert.deepEqual(
      results.map(({ isError }) => isError),
      [true, true],
    );
  });
});

function textOf({ content }: LentResult): string {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}
