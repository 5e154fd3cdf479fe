import assert from "node:assert/strict";
import type { ExecuteResponse } from "../../../src/protocol/executions.ts";
import type { InputRequest } from "../../../src/protocol/input.ts";
import { answerDocument } from "../../../src/host/answerDocument.ts";
import { titleOfPrompt } from "../../../src/host/promptTitle.ts";

function answer(shown: Partial<ExecuteResponse>, pendingInput?: InputRequest): string {
  const { status = "running", output: text = "", error } = shown;
  const end = error === undefined ? {} : { error };
  const output = { text, isTruncated: false };
  return answerDocument("Explain lanes.\n\nIn short.", { status, output, end, pendingInput });
}

const prompt = "> Explain lanes.\n>\n> In short.\n\n";

describe("answerDocument", () => {
  it("shows the prompt above its answer, which grows", () => {
    assert.equal(answer({ status: "queued" }), `${prompt}*Waiting in the queue…*\n`);
    assert.equal(answer({}), `${prompt}…\n`);
    assert.equal(answer({ output: "# A lane\n" }), `${prompt}# A lane\n\n…\n`);
    assert.equal(answer({ output: "# A lane\n", status: "completed" }), `${prompt}# A lane\n`);
  });

  it("quotes a question and an error line by line, whatever they contain", () => {
    const question: InputRequest = {
      questionId: "q",
      prompt: "May I?\n# rm -rf build",
      inputType: "choice",
      expiresAt: "2026-01-01T00:00:00Z",
    };
    assert.match(
      answer({ output: "Well", status: "waiting-input" }, question),
      /Well\n\n---\n\n> \*\*Waiting for an answer:\*\* May I\?\n> # rm -rf build\n$/,
    );
    assert.match(answer({ status: "failed", error: "a\n*b*" }), /\n---\n\n> \*\*Failed:\*\* a\n> \*b\*\n$/);
  });
});

describe("titleOfPrompt", () => {
  it("has the first words of the first line", () => {
    assert.equal(titleOfPrompt("Explain how a lane keeps its order"), "Explain how a lane keeps its order");
    assert.equal(titleOfPrompt("\n  Write a test\nfor the policy"), "Write a test");
    assert.equal(
      titleOfPrompt("Explain how a lane keeps the order of what waits in it"),
      "Explain how a lane keeps the order of…",
    );
    assert.equal(titleOfPrompt("x".repeat(1000)), `${"x".repeat(40)}…`);
    assert.equal(titleOfPrompt("[a](command:b)"), "[a] (command:b)");
  });
});
