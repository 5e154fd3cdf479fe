import assert from "node:assert/strict";
import type { Piece, TurnRequest } from "../../../../../src/gateways/turns/turn.ts";
import { until } from "../../../../support/until.ts";
import { settled } from "../../../../support/windows/manualClock.ts";
import { assistant, read, type ReadResponse, request, result, tool, TurnsRig, user } from "../turnsRig.ts";

const schema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };

describe("The answer of an agent", () => {
  let rig: TurnsRig;
  beforeEach(() => {
    rig = new TurnsRig();
  });
  afterEach(() => rig.dispose());

  function say(...chunks: readonly string[]): void {
    rig.agent.answer = async (_prompt, context) => {
      for (const chunk of chunks) context.output(chunk);
      return "end_turn";
    };
  }

  async function ask(more: Partial<TurnRequest> = {}): Promise<ReadResponse> {
    return await rig.ask(request([user("Hi")], more));
  }

  describe("with stop sequences", () => {
    it("ends before the first one, and cancels the turn", async () => {
      rig.agent.answer = async (_prompt, context) => {
        context.output("one EN");
        await settled();
        context.output("D two");
        await new Promise((_resolve, reject) => {
          context.signal.addEventListener("abort", () => reject(context.signal.reason), { once: true });
        });
        return "end_turn";
      };
      const { text, last, response } = await ask({ stop: ["END", "FIN"] });
      assert.equal(text, "one ");
      assert.deepEqual(last, {
        type: "end",
        stopReason: "stop-sequence",
        stopSequence: "END",
        usage: { inputTokens: 1, outputTokens: 1 },
      });
      await rig.core.executions.get(response.executionId)?.settled;
      assert.equal(rig.core.executions.get(response.executionId)?.status, "cancelled");
      await until(() => rig.agent.closed.length > 0);
    });

    it("is whole if none is in it, also what might have been the beginning of one", async () => {
      say("one EN");
      const { text, last } = await ask({ stop: ["END"] });
      assert.equal(text, "one EN");
      assert.equal(last?.type === "end" && last.stopReason, "end");
    });
  });

  it("ends at the number of tokens, if the user wants that", async () => {
    say("12345678", "9");
    assert.equal((await ask({ maxTokens: 2 })).text, "123456789");
    rig.set({ "gateways.enforceMaxTokens": true });
    const { text, last } = await ask({ maxTokens: 2 });
    assert.equal(text, "12345678");
    assert.equal(last?.type === "end" && last.stopReason, "length");
  });

  it("has what the agent does as activity, unless the user wants none", async () => {
    rig.agent.answer = async (_prompt, context) => {
      context.toolCall({ toolCallId: "1", title: "Reading a.txt", status: "pending" });
      context.toolCall({ toolCallId: "1", title: "Reading a.txt", status: "completed" });
      context.output("a notice\n", "stderr");
      context.output("text");
      return "end_turn";
    };
    const kinds = (pieces: readonly Piece[]): readonly unknown[] =>
      pieces.flatMap((piece) => (piece.type === "activity" || piece.type === "text" ? [[piece.type, piece.text]] : []));
    assert.deepEqual(kinds((await ask()).pieces), [
      ["activity", "Reading a.txt\na notice\n"],
      ["text", "text"],
    ]);
    rig.set({ "gateways.activity": "none" });
    assert.deepEqual(kinds((await ask()).pieces), [["text", "text"]]);
  });

  it("waits for the answer to a question of the agent, which anybody may give who may", async () => {
    rig.agent.answer = async (_prompt, context) => {
      const answer = await context.ask({
        prompt: "May I?",
        inputType: "choice",
        choices: ["yes", "no"],
        safeAnswer: "no",
      });
      context.output(answer);
      return "end_turn";
    };
    const response = await rig.respond(request([user("Hi")]));
    const execution = rig.core.executions.get(response.executionId);
    await until(() => execution?.pendingInput !== undefined);
    const questionId = execution?.pendingInput?.questionId ?? "";
    rig.core.dispatcher.answer({ executionId: response.executionId, questionId, type: "choice", value: "yes" });
    const { pieces, text } = await read(response);
    assert.equal(text, "yes");
    assert.deepEqual(pieces[0], { type: "activity", text: "Waiting for an answer in the editor: May I?\n" });
  });

  it("is an error if the turn was cancelled by another program, which a repetition does not undo", async () => {
    rig.agent.answer = async (_prompt, context) => {
      context.output("half");
      await new Promise((_resolve, reject) => {
        context.signal.addEventListener("abort", () => reject(context.signal.reason), { once: true });
      });
      return "end_turn";
    };
    const response = await rig.respond(request([user("Hi")]));
    await response.accepted;
    await rig.core.dispatcher.cancel(response.executionId);
    const { text, last } = await read(response);
    assert.equal(text, "half");
    assert.equal(last?.type === "failed" && last.hasBegun, true);
    assert.equal(last?.type === "failed" && last.error.status, 500);
  });

  it("is not larger than what can be kept for those who repeat the request", async () => {
    const chunk = "x".repeat(1024 * 1024);
    say(...Array.from({ length: 9 }, () => chunk));
    const { text, last } = await ask();
    assert.equal(text.length, 8 * 1024 * 1024);
    assert.equal(last?.type === "end" && last.stopReason, "length");
  });

  describe("in JSON", () => {
    it("is the JSON alone, without what the agent says around it", async () => {
      say("Here it is:\n```json\n", '{"n": 1}\n', "```\nAnything else?");
      const { text, last } = await ask({ answerSchema: schema });
      assert.equal(text, '{"n":1}');
      assert.equal(last?.type === "end" && last.stopReason, "end");
      assert.match(rig.agent.heard[0]?.text ?? "", /^Hi\n\nAnswer with one JSON value .*"required":\["n"\]/s);
    });

    it("is an error if there is none or it does not fit the schema, and nothing is invented", async () => {
      for (const answer of ["I cannot.", '{"n": "one"}', '{"n": 1']) {
        say(answer);
        const { pieces, last } = await ask({ answerSchema: schema });
        assert.equal(pieces.length, 1);
        assert.equal(last?.type === "failed" && last.hasBegun, true);
        assert.match(last?.type === "failed" ? last.error.message : "", /JSON/);
      }
    });

    it("is refused for a schema that cannot be used, and nothing runs", async () => {
      const broken = { type: "string", pattern: "(" };
      await assert.rejects(rig.respond(request([user("Hi")], { answerSchema: broken })), { code: "VALIDATION_FAILED" });
      assert.equal(rig.executions, 0);
    });

    it("goes on in its session", async () => {
      say('{"n": 1}');
      const { text } = await ask({ answerSchema: schema });
      await rig.ask(request([user("Hi"), assistant(text), user("Again")], { answerSchema: schema }));
      assert.equal(rig.agent.heard[1]?.session, rig.agent.heard[0]?.session);
      assert.match(rig.agent.heard[1]?.text ?? "", /^Again\n\nAnswer with one JSON value/);
    });
  });

  describe("as a call of one tool", () => {
    const save = { ...tool("save"), parameters: schema };
    const choice = { tools: [save, tool("other")], toolChoice: { tool: "save" } } as const;

    it("has the arguments that the agent has given as JSON", async () => {
      say('```json\n{"n": 2}\n```');
      const { text, calls, last } = await ask(choice);
      assert.equal(text, "");
      assert.deepEqual(
        calls.map(({ name, arguments: args }) => [name, args]),
        [["save", '{"n":2}']],
      );
      assert.equal(last?.type === "end" && last.stopReason, "tool-use");
      assert.equal(rig.agent.heard[0]?.tools, undefined);
      assert.match(rig.agent.heard[0]?.text ?? "", /call of the tool save: Does save\./);
    });

    it("goes on with the result in its session", async () => {
      say('{"n": 2}');
      const { calls } = await ask(choice);
      say("Saved.");
      const messages = [user("Hi"), assistant("", calls), result(calls[0]?.id ?? "", "ok")];
      assert.equal((await rig.ask(request(messages))).text, "Saved.");
      assert.equal(rig.agent.heard[1]?.session, rig.agent.heard[0]?.session);
      assert.equal(rig.agent.heard[1]?.text, "[tool result save]\nok");
    });

    it("is an error if the agent gives no arguments", async () => {
      say("No.");
      assert.equal((await ask(choice)).last?.type, "failed");
    });

    it("is refused for a tool that is not there", async () => {
      const wrong = request([user("Hi")], { tools: [save], toolChoice: { tool: "other" } });
      await assert.rejects(rig.respond(wrong), { code: "VALIDATION_FAILED" });
    });
  });
});
