import assert from "node:assert/strict";
import type { Execution } from "../../../../src/core/executions/execution.ts";
import type { BridgeEvent } from "../../../../src/protocol/events.ts";
import { TestClock } from "../../../support/testClock.ts";
import { example, kiro } from "./acpSubjects.ts";
import { ConformanceRig } from "./conformanceRig.ts";
import { editorModel, httpModel } from "./modelSubjects.ts";
import { INACTIVITY_MS, type Scripted, type Subject } from "./subject.ts";

/** The agents, and what an agent cannot be made to do. */
const subjects: readonly (readonly [
  name: string,
  create: () => Subject | Promise<Subject>,
  lacks?: readonly ("answer" | "useTool" | "fail" | "cancelled")[],
])[] = [
  ["Kiro CLI over ACP", kiro],
  ["the example agent of the ACP SDK", example, ["answer", "useTool", "fail", "cancelled"]],
  ["a model over OpenAI's chat protocol", () => httpModel("openai-chat")],
  ["a model over OpenAI's protocol of responses", () => httpModel("openai-responses")],
  ["a model over Anthropic's protocol", () => httpModel("anthropic")],
  ["a model of the editor", editorModel],
];

for (const [name, create, lacks = []] of subjects) {
  describe(`Like every agent, ${name}`, () => {
    let rig: ConformanceRig;
    let clock: TestClock | undefined;
    beforeEach(async () => (rig = new ConformanceRig(await create())));
    afterEach(async () => {
      clock?.release();
      clock = undefined;
      await rig.dispose();
    });

    const scripted = (what: "answer" | "useTool" | "fail"): Scripted => rig.subject[what]?.() ?? assert.fail(what);
    const resultOf = (execution: Execution): Record<string, unknown> => ({ ...Object(execution.end.result) });

    /** Prompts in the same session again. */
    async function assertGoesOn(isNewConversation: boolean): Promise<void> {
      // Each turn of the example agent takes five seconds.
      if (lacks.includes("answer")) return;
      const wanted = scripted("answer");
      const execution = await rig.complete(wanted);
      assert.equal(execution.status, "completed");
      assert.ok(execution.output.text.includes(wanted.said));
      assert.equal(resultOf(execution)["isNewConversation"], isNewConversation);
    }

    if (!lacks.includes("answer")) {
      it("answers prompts, one after the other, in one conversation", async () => {
        const wanted = scripted("answer");
        const first = await rig.complete(wanted);
        const { sessionId, ...result } = resultOf(first);
        assert.deepEqual(
          [first.status, first.output.text, first.end.stopReason],
          ["completed", wanted.said, "end_turn"],
        );
        assert.equal(sessionId, first.sessionId);
        assert.partialDeepStrictEqual(result, {
          stopReason: "end_turn",
          session: "default",
          transport: rig.subject.transport,
          isNewConversation: true,
        });
        assert.equal(typeof result["contextPercent"], "number");
        await assertGoesOn(false);
      });

      it("tells its answer by events, from the first to the last", async () => {
        const wanted = scripted("answer");
        const execution = await rig.complete(wanted);
        const events = rig.eventsOf(execution);
        const told = events.flatMap((event) => (event.type === "command-output" ? event.output : []));
        assert.equal(told.join(""), wanted.said);
        assert.deepEqual([events[0]?.type, events.at(-1)?.type], ["command-started", "command-completed"]);
        await assertGoesOn(false);
        // Nothing of it comes later.
        assert.deepEqual(rig.eventsOf(execution), events);
      });
    }

    if (!lacks.includes("useTool")) {
      it("tells the tools that it uses, without a question where none is needed", async () => {
        const wanted = scripted("useTool");
        const execution = await rig.complete(wanted);
        assert.equal(execution.status, "completed");
        assert.ok(execution.output.text.includes(wanted.said));
        assert.equal(execution.questions, 0);
        assertTold(rig.eventsOf(execution), "completed");
      });
    }

    it("asks before it uses a tool, and uses it when it may", async () => {
      const wanted = rig.subject.askFirst();
      const execution = await rig.prompt(wanted);
      const question = await rig.question(execution);
      assert.equal(execution.status, "waiting-input");
      const kinds = (question.options ?? []).map(({ kind }) => kind);
      assert.ok(kinds.includes("allow_once") && kinds.includes("reject_once"), kinds.join());
      rig.answer(execution, question, "allow_once");
      await execution.settled;
      assert.equal(execution.status, "completed");
      assert.ok(execution.output.text.includes(wanted.said));
      assertTold(rig.eventsOf(execution), "completed");
      // The tools of the CLI are its own.
      assert.deepEqual(rig.ran, rig.subject.transport === "acp" ? [] : ["a"]);
    });

    it("does not use a tool that was refused, and goes on", async () => {
      const wanted = rig.subject.refused();
      const execution = await rig.prompt(wanted);
      rig.answer(execution, await rig.question(execution), "reject_once");
      await execution.settled;
      assert.deepEqual([execution.status, rig.ran], ["completed", []]);
      assert.ok(execution.output.text.includes(wanted.said));
      await assertGoesOn(false);
    });

    it("can be cancelled in the middle of its answer, keeps what it has said, and goes on", async () => {
      const wanted = rig.subject.stall();
      const execution = await rig.prompt(wanted);
      await rig.heard(execution, wanted.said);
      const { text } = execution.output;
      assert.deepEqual(await rig.core.dispatcher.cancel(execution.id), { status: "cancelled", how: "cooperative" });
      assert.ok(execution.output.text.startsWith(text));
      assert.equal(rig.eventsOf(execution).at(-1)?.type, "command-cancelled");
      await assertGoesOn(false);
    });

    it("can be cancelled while it asks, which answers the question", async () => {
      const execution = await rig.prompt(rig.subject.askFirst());
      await rig.question(execution);
      const { status } = await rig.core.dispatcher.cancel(execution.id);
      // The example agent says that it has ended its turn as usual.
      assert.equal(status, lacks.includes("cancelled") ? "completed" : "cancelled");
      assert.deepEqual([execution.pendingInput, rig.ran], [undefined, []]);
      await assertGoesOn(false);
    });

    it("ends with a timeout when it says nothing any more", async () => {
      clock = new TestClock();
      const wanted = rig.subject.stall();
      const execution = await rig.prompt(wanted);
      await rig.heard(execution, wanted.said);
      clock.pass(INACTIVITY_MS);
      await execution.settled;
      assert.deepEqual([execution.status, execution.failure?.code], ["failed", "OPERATION_TIMEOUT"]);
      assert.match(execution.failure?.message ?? "", /showed no activity for 60 s; the prompt was cancelled\.$/);
    });

    it("ends when its session is closed", async () => {
      const wanted = rig.subject.stall();
      const execution = await rig.prompt(wanted);
      await rig.heard(execution, wanted.said);
      await rig.sessions.close("default");
      await execution.settled;
      assert.equal(execution.status, "cancelled");
      assert.deepEqual(rig.sessions.list(), []);
      await assertGoesOn(true);
    });

    if (!lacks.includes("fail")) {
      it("fails as a command when it breaks off, keeps what it has said, and can be asked again", async () => {
        const wanted = scripted("fail");
        const execution = await rig.complete(wanted);
        assert.deepEqual([execution.status, execution.end.code], ["failed", "COMMAND_EXECUTION_FAILED"]);
        assert.ok(execution.output.text.includes(wanted.said));
        assert.equal(execution.failure, undefined);
        assert.equal(rig.eventsOf(execution).at(-1)?.type, "command-error");
        const again = await rig.complete(scripted("answer"));
        assert.equal(again.status, "completed");
      });
    }
  });
}

/** Checks that each tool is told from its beginning to its end. */
function assertTold(events: readonly BridgeEvent[], last: string): void {
  const told = events.filter((event) => event.type === "tool-call");
  const ids = new Set(told.map(({ toolCallId }) => toolCallId));
  assert.ok(ids.size > 0);
  for (const id of ids) {
    const steps = told.filter(({ toolCallId }) => toolCallId === id);
    assert.ok(steps.length > 1 && steps.every(({ title, by }) => title !== "" && by === "agent"));
    assert.equal(steps.at(-1)?.status, last);
  }
}
