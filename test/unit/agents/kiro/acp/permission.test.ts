import assert from "node:assert/strict";
import { asQuestion, cancelledOutcome } from "../../../../../src/agents/kiro/acp/permission.ts";
import type { PermissionOption, ToolUpdate } from "../../../../../src/agents/kiro/acp/wire.ts";

const allow: PermissionOption = { optionId: "a", name: "Yes", kind: "allow_once" };
const reject: PermissionOption = { optionId: "r", name: "No", kind: "reject_once" };

function ask(options: PermissionOption[], announced?: Partial<ToolUpdate>) {
  const toolCall = { toolCallId: "t1", title: "Running: rm -rf build" };
  const known = announced && { toolCallId: "t1", ...announced };
  return asQuestion({ sessionId: "s", toolCall, options }, known);
}

describe("A permission request as a question", () => {
  it("offers the CLI's own names, and the refusal as the safe answer, at any position", () => {
    const { question } = ask([{ optionId: "x", name: "Always", kind: "allow_always" }, reject, allow]);
    assert.equal(question.inputType, "choice");
    assert.deepEqual(question.choices, ["Always", "No", "Yes"]);
    assert.equal(question.safeAnswer, "No");
    assert.deepEqual(question.options?.[1], { value: "No", label: "No", kind: "reject_once" });
  });

  it("numbers equal names, so that each choice means one option", () => {
    const { question, resultFor } = ask([allow, { optionId: "b", name: "Yes", kind: "allow_always" }, reject]);
    assert.deepEqual(question.choices, ["Yes", "Yes (2)", "No"]);
    assert.deepEqual(resultFor("Yes (2)"), { outcome: { outcome: "selected", optionId: "b" } });
  });

  it("treats an invalid choice as the refusal", () => {
    assert.deepEqual(ask([allow, reject]).resultFor("yes please"), { outcome: { outcome: "selected", optionId: "r" } });
  });

  it("rejects permanently only if nothing less is offered, and answers cancelled without any refusal", () => {
    const never: PermissionOption = { optionId: "n", name: "Never", kind: "reject_always" };
    assert.equal(ask([allow, never]).question.safeAnswer, "Never");
    const without = ask([allow]);
    assert.deepEqual(without.resultFor(without.question.safeAnswer), cancelledOutcome);
    assert(!without.question.choices?.includes(without.question.safeAnswer));
  });

  it("shows the command that was announced with the tool call, without characters that could hide it", () => {
    const command = "rm -rf /\u001b[2K\rls\u202e";
    const { question } = ask([allow, reject], { kind: "execute", rawInput: { command } });
    assert.equal(
      question.prompt,
      "Kiro asks for permission: Running: rm -rf build (execute)\nrm -rf /\ufffd[2K\ufffdls\ufffd",
    );
  });

  it("shortens a long title", () => {
    const toolCall = { toolCallId: "t", title: "x".repeat(1_000_000) };
    const { question } = asQuestion({ sessionId: "s", toolCall, options: [allow, reject] }, undefined);
    assert.ok(question.prompt.length < 3000);
  });

  it("shortens a long input, and shows both of its ends", () => {
    const content = `${"y".repeat(100_000)}; rm -r *`;
    const { question } = ask([allow, reject], { rawInput: { path: "/x", content } });
    assert.match(question.prompt, /; rm -r \*"\}$/u);
    assert(question.prompt.length < 2200);
    assert.match(question.prompt, /characters are left out\) …/u);
  });
});
