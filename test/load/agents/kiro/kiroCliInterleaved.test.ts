import assert from "node:assert/strict";
import type { Execution } from "../../../../src/core/executions/execution.ts";
import { expectedAnswer } from "../../../fixtures/simulator/answers.ts";
import { fake } from "../../../fixtures/simulator/directive.ts";
import { KiroCliRig } from "../../../unit/agents/kiro/kiroCliRig.ts";
import { responseOf } from "../../../../src/server/http/executeResponse.ts";
import { recordOf } from "../../../../src/history/executionRecord.ts";

const PROMPTS = 80;
const SESSIONS = ["default", "red", "green", "blue"] as const;
const WORDS = 20;

/** What happens to a prompt, and how its execution has to end. */
type Fate = "normal" | "late" | "question" | "error" | "crash" | "hang" | "stall" | "cancel" | "stubborn";

/** Most prompts are answered; the others come at odd places, so that each session sees each of them. */
function fateOf(index: number): Fate {
  if (index % 23 === 7) return "crash";
  if (index % 29 === 5) return "cancel";
  if (index % 31 === 11) return "hang";
  if (index % 61 === 17) return "stall";
  if (index % 67 === 40) return "stubborn";
  if (index % 19 === 3) return "error";
  if (index % 17 === 2) return "question";
  return index % 5 === 1 ? "late" : "normal";
}

const directives: Readonly<Record<Fate, string>> = {
  normal: "",
  late: fake("update-after-end", { gapMs: 0 }),
  question: fake("tool"),
  error: fake("error"),
  crash: fake("crash"),
  hang: fake("hang"),
  stall: fake("stall"),
  cancel: fake("cancel", { chunkMs: 2 }),
  stubborn: fake("cancel-ignored", { chunkMs: 2 }),
};

interface Asked {
  readonly prompt: string;
  readonly fate: Fate;
  readonly execution: Execution;
}

describe("Two callers with 80 prompts on four sessions", function () {
  it("each receive their own answers, whatever crashes, hangs or is cancelled in between", async () => {
    const limits = { inactivityMs: 5000, absoluteMs: 120_000, cancelMs: 1500 };
    const rig = new KiroCliRig({}, { turnLimits: limits, settleMs: 150 });
    try {
      interveneIn(rig);
      const [one, two] = await Promise.all([askAll(rig, "Alice", 0), askAll(rig, "Bob", 1)]);
      const all = [...one, ...two];
      await Promise.all(all.map(({ execution }) => execution.settled));
      assert.equal(all.length, PROMPTS);
      for (const asked of all) assertItsOwn(asked);
      assertOrder(all);
      assert.equal(rig.log.records("turn").length, PROMPTS, "each prompt was sent exactly once");
      assert(rig.log.records("start").filter(isAcp).length > SESSIONS.length, "processes were replaced");
      assert(responseOf(await rig.chat("And still it works", { session: "red" })).success);
    } finally {
      await rig.dispose();
    }
  });
});

/** Each caller goes round the sessions in its own direction. */
async function askAll(rig: KiroCliRig, caller: string, offset: number): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (let index = offset; index < PROMPTS; index += 2) {
    const fate = fateOf(index);
    const prompt = `${caller} asks number ${index} ${directives[fate]}`;
    const place = offset === 0 ? index >> 1 : PROMPTS - (index >> 1);
    const session = SESSIONS[place % SESSIONS.length] ?? "default";
    asked.push({ prompt, fate, execution: await rig.begin(prompt, { session }) });
  }
  return asked;
}

/** Cancels what shall be cancelled as soon as it talks, and answers the questions. */
function interveneIn(rig: KiroCliRig): void {
  rig.events.onDidAppend((event) => {
    if (event.type === "user-input-required") {
      const { executionId } = event;
      queueMicrotask(() => rig.dispatcher.answer({ executionId, type: "choice", value: "Yes" }));
    }
    if (event.type === "command-output" && event.output.startsWith("more-"))
      void rig.dispatcher.cancel(event.executionId);
  });
}

/** Whatever came out is the beginning, or the whole, of the answer to this very prompt: each word of it carries its hash. */
function assertItsOwn({ prompt, fate, execution }: Asked): void {
  const { output, status, code, success } = responseOf(execution);
  const whole = expectedAnswer(Number(/^Answer (\d+)/u.exec(output)?.[1] ?? 1), prompt, WORDS);
  switch (fate) {
    case "normal":
    case "late":
    case "question":
      assert.deepEqual([success, output], [true, whole], prompt);
      return;
    case "error":
      assert.deepEqual([success, code, output], [false, "COMMAND_EXECUTION_FAILED", ""], prompt);
      return;
    case "crash":
      assert.deepEqual([success, code], [false, "COMMAND_EXECUTION_FAILED"], prompt);
      assert(output !== "" && whole.startsWith(output), prompt);
      return;
    case "hang":
    case "stall":
      assert.deepEqual([success, code], [false, "OPERATION_TIMEOUT"], prompt);
      assert(output !== "" && whole.startsWith(output), prompt);
      return;
    default:
      assert.deepEqual(
        [status, execution.cancelledHow],
        ["cancelled", fate === "cancel" ? "cooperative" : "killed"],
        prompt,
      );
      assert.match(output, /^(?:more-\d+-\d+ |still talking )+$/u, prompt);
  }
}

/** Within a session, turns end in the order in which they were asked. */
function assertOrder(all: readonly Asked[]): void {
  for (const session of SESSIONS) {
    const ends = all
      .filter(({ execution }) => execution.task.session === session)
      .toSorted((a, b) => countOf(a.execution) - countOf(b.execution))
      .map(({ execution }) => recordOf(execution).completedAt ?? "");
    assert.deepEqual(ends, ends.toSorted(), session);
    assert.equal(ends.length, PROMPTS / SESSIONS.length);
  }
}

/** `exec-<time>-<count>-<life>` */
function countOf({ id }: Execution): number {
  return Number(id.split("-")[2]);
}

function isAcp({ argv }: Record<string, unknown>): boolean {
  return Array.isArray(argv) && argv.includes("acp");
}
