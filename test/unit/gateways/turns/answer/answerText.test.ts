import assert from "node:assert/strict";
import { AnswerText } from "../../../../../src/gateways/turns/answer/answerText.ts";
import { Segment } from "../../../../../src/gateways/turns/answer/segment.ts";

/** A reader that takes each piece at once. */
async function reading(segment: Segment): Promise<{ text: string }> {
  const read = { text: "" };
  const signal = new AbortController().signal;
  void (async () => {
    for await (const piece of segment.pieces(signal)) if (piece.type === "text") read.text += piece.text;
  })();
  return read;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("AnswerText", () => {
  it("takes text back that nobody has read", () => {
    const segment = new Segment();
    const answer = new AnswerText(segment, { stop: [], maxTokens: undefined });
    answer.append("one two");
    answer.retract(3);
    answer.append("three");
    assert.equal(segment.text, "one three");
    assert.equal(answer.isFaithful, true);
  });

  it("sends only what is new when an agent repeats what it has retracted", async () => {
    const segment = new Segment();
    const read = await reading(segment);
    const answer = new AnswerText(segment, { stop: [], maxTokens: undefined });
    answer.append("one two");
    await turn();
    answer.retract(7);
    answer.append("one");
    answer.append(" two three");
    await turn();
    assert.equal(read.text, "one two three");
    assert.equal(answer.isFaithful, true);
  });

  it("sends all of it again when the agent says something else, and knows that its reader has got more", async () => {
    const segment = new Segment();
    const read = await reading(segment);
    const answer = new AnswerText(segment, { stop: [], maxTokens: undefined });
    answer.append("one two");
    await turn();
    answer.retract(7);
    answer.append("one ");
    answer.append("four");
    await turn();
    assert.equal(read.text, "one twoone four");
    assert.equal(answer.isFaithful, false);
  });

  it("knows that its reader has got more than an agent that does not repeat all", async () => {
    const segment = new Segment();
    await reading(segment);
    const answer = new AnswerText(segment, { stop: [], maxTokens: undefined });
    answer.append("one two");
    await turn();
    answer.retract(4);
    assert.equal(answer.flush(), undefined);
    assert.equal(answer.isFaithful, false);
  });

  it("takes back what is held for a stop sequence", () => {
    const segment = new Segment();
    const answer = new AnswerText(segment, { stop: ["END"], maxTokens: undefined });
    answer.append("one E");
    answer.retract(1);
    answer.append("ND");
    answer.flush();
    assert.equal(segment.text, "one ND");
  });

  it("ends at a number of tokens, without half a character", () => {
    const segment = new Segment();
    const answer = new AnswerText(segment, { stop: [], maxTokens: 2 });
    assert.equal(answer.append("1234567"), undefined);
    assert.deepEqual(answer.append("😀"), { reason: "length" });
    assert.equal(segment.text, "1234567");
  });

  it("does not end an answer of just that many tokens", () => {
    const answer = new AnswerText(new Segment(), { stop: [], maxTokens: 2 });
    assert.equal(answer.append("12345678"), undefined);
    assert.equal(answer.tokens, 2);
  });
});
