import assert from "node:assert/strict";
import { lengthOfKnown, transcriptOf } from "../../../../../src/gateways/turns/session/transcript.ts";
import type { Message } from "../../../../../src/gateways/turns/turn.ts";
import { assistant, result, system, user } from "../turnsRig.ts";

const image = (data: string): Message => ({ role: "user", content: [{ type: "image", mimeType: "image/png", data }] });
const call = (id: string, text: string) => ({ id, name: "bash", arguments: text });

function assertEqual(a: readonly Message[], b: readonly Message[]): void {
  assert.equal(transcriptOf(a), transcriptOf(b));
}

function assertDifferent(a: readonly Message[], b: readonly Message[]): void {
  assert.notEqual(transcriptOf(a), transcriptOf(b));
}

describe("The transcript of a conversation", () => {
  it("is the same for other IDs of calls, keys, and spelling of arguments", () => {
    assertEqual(
      [user("a"), assistant("b", [call("1", '{"x": 1, "y":2}')], ["key"]), result("1", "c")],
      [user("a"), assistant("b", [call("2", '{"y":2,"x":1}')]), result("2", "c")],
    );
  });

  it("is the same for other borders between messages of one role, and for white space around an answer", () => {
    assertEqual([user("a"), user("b")], [{ role: "user", content: [textOf("a"), textOf("b")] }]);
    assertEqual(
      [user("a"), assistant("b\n"), assistant("", [call("1", "{}")])],
      [user("a"), assistant("b", [call("1", "{}")])],
    );
  });

  it("is another one for other texts, roles, images, calls and results", () => {
    assertDifferent([user("a")], [user("b")]);
    assertDifferent([user("a")], [system("a")]);
    assertDifferent([image("aaaa")], [image("aaab")]);
    assertDifferent([user("a"), user("b")], [user("ab")]);
    assertDifferent([assistant("", [call("1", "{}")])], [assistant("", [])]);
    assertDifferent([assistant("", [call("1", "{}")])], [assistant("", [call("1", '{"x":1}')])]);
    assertDifferent([result("1", "a")], [result("1", "a", true)]);
    assertDifferent([result("1", "a"), result("2", "b")], [result("2", "b"), result("1", "a")]);
  });

  it("is another one for an entry that has the text of several", () => {
    assertDifferent([user('a"],["user","text","b')], [user("a"), user("b")]);
  });

  it("goes on from an earlier one", () => {
    const before = [system("s"), user("a")];
    assert.equal(transcriptOf([assistant("b")], transcriptOf(before)), transcriptOf([...before, assistant("b")]));
  });

  it("is known up to the last answer that something follows", () => {
    assert.equal(lengthOfKnown([user("a")]), 0);
    assert.equal(lengthOfKnown([user("a"), assistant("b"), result("1", "c"), user("d")]), 2);
    assert.equal(lengthOfKnown([user("a"), assistant("b"), user("c"), assistant("begin")]), 2);
    assert.equal(lengthOfKnown([assistant("a")]), 0);
  });
});

function textOf(text: string) {
  return { type: "text", text } as const;
}
