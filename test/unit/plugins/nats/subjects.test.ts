import assert from "node:assert/strict";
import { isExact, Subjects, tokenOf } from "../../../../src/plugins/nats/subjects.ts";

const subjects = new Subjects("kb");

/** A server's rule for subjects. */
function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split(".");
  const found = subject.split(".");
  for (const [at, token] of wanted.entries()) {
    if (token === ">") return found.length > at;
    if (found[at] === undefined || (token !== "*" && token !== found[at])) return false;
  }
  return wanted.length === found.length;
}

const reaches = (topic: string, pattern: string, destination = "*", name = "reader"): number =>
  subjects.ofPattern(pattern, name).filter((wanted) => matches(wanted, subjects.ofMessage("live", topic, destination)))
    .length;

describe("Subjects", () => {
  it("reach each pattern that matches, by one of its subjects", () => {
    for (const [topic, pattern] of [
      ["a", "a"],
      ["a", "a/**"],
      ["a/b/c", "a/**"],
      ["a/b", "a/*"],
      ["a/b/c", "a/**/c"],
      ["a", "**"],
      ["ä/ö~/(x)!", "ä/*/(x)!"],
      [`long/${"x".repeat(900)}/end`, `long/${"x".repeat(400)}/**`.replace("x".repeat(400), "*")],
    ] as const) {
      assert.equal(reaches(topic, pattern), 1, `${topic} and ${pattern}`);
    }
  });

  it("do not reach other patterns", () => {
    for (const [topic, pattern] of [
      ["a/b", "a"],
      ["a", "a/*"],
      ["ab", "a/**"],
      ["a%2Fb", "a/b"],
      ["a/$", "a"],
    ] as const) {
      assert.equal(reaches(topic, pattern), 0, `${topic} and ${pattern}`);
    }
  });

  it("of an addressed message reach its destination only", () => {
    assert.equal(reaches("a/b", "**", "reader", "reader"), 1);
    assert.equal(reaches("a/b", "**", "other", "reader"), 0);
    assert.equal(reaches("a/b", "**", "*", "reader"), 1);
    const subject = subjects.ofConsumer("reader_x", "a/b");
    assert.deepEqual(
      ["reader_x", "reader_y"].map((id) => subjects.isFor(subject, "reader", id)),
      [true, false],
    );
    assert.ok(matches(subjects.ofDurablePattern("a/**"), subject));
    assert.ok(subjects.ofPattern("**", "reader").every((wanted) => !matches(wanted, subject)));
  });

  it("consist of tokens that a server accepts, and stay short", () => {
    for (const segment of ["a.b", "*", ">", "$", "%", "~x", "ü", "😀", "\ud800", "x".repeat(1000), "\u200b"]) {
      assert.match(tokenOf(segment), /^[A-Za-z0-9%~_-]+$/, segment);
    }
    const longest = Array.from({ length: 64 }, (_, index) => `${index}${"ü".repeat(13)}`).join("/");
    assert.ok(subjects.ofMessage("durable", longest, "x".repeat(128)).length < 3000);
    assert.notEqual(tokenOf("x".repeat(41)), tokenOf("x".repeat(42)));
  });

  it("are known to be exact, or else the receiver compares", () => {
    assert.deepEqual(["a/*", "a/**", "**"].map(isExact), [true, true, true]);
    assert.deepEqual(["a/**/b", `a/${"x".repeat(41)}`].map(isExact), [false, false]);
  });
});
