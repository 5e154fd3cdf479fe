import assert from "node:assert/strict";
import type { BusParticipant } from "../../../../src/plugins/bus/participant.ts";
import {
  coversPattern,
  matchesTopic,
  patternOf,
  segmentsOfTopic,
  topicOf,
} from "../../../../src/plugins/bus/topics.ts";
import type { BusTransport } from "../../../../src/plugins/bus/transport.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";

const isMatch = (pattern: string, topic: string) =>
  matchesTopic(patternOf(pattern).segments, segmentsOfTopic(topicOf(topic)));
const isCovered = (outer: string, inner: string) => coversPattern(patternOf(outer).segments, patternOf(inner).segments);
const isInvalid = (error: unknown) => isBridgeError(error) && error.code === "VALIDATION_FAILED";

/** The same rule by trying all splits, as a reference. */
function matchesByTrying(pattern: readonly string[], topic: readonly string[]): boolean {
  const [wanted, ...others] = pattern;
  if (wanted === undefined) return topic.length === 0;
  if (wanted === "**") return [...topic, ""].some((_, at) => matchesByTrying(others, topic.slice(at)));
  const [found, ...rest] = topic;
  return found !== undefined && (wanted === "*" || wanted === found) && matchesByTrying(others, rest);
}

function listsOf(words: readonly string[], length: number): string[][] {
  if (length === 0) return [[]];
  const shorter = listsOf(words, length - 1);
  return [
    ...shorter,
    ...shorter.filter((list) => list.length === length - 1).flatMap((list) => words.map((word) => [...list, word])),
  ];
}

describe("Topics", () => {
  it("are the same with dots and with slashes", () => {
    assert.equal(topicOf("plugin.x.events"), "plugin/x/events");
    assert.equal(topicOf("plugin/x.events"), "plugin/x/events");
    assert.equal(patternOf("plugin.*.events").text, "plugin/*/events");
    assert.ok(isMatch("plugin.x.*", "plugin/x/events"));
    assert.ok(!isMatch("plugin.x", "pluginXx"), "a dot is no wildcard");
  });

  it("match '*' with exactly one segment and '**' with any number of them", () => {
    assert.ok(isMatch("a/*", "a/b"));
    assert.ok(!isMatch("a/*", "a/b/c"));
    assert.ok(!isMatch("a/*", "a"));
    for (const topic of ["a", "a/b", "a/b/c/d"]) assert.ok(isMatch("a/**", topic), topic);
    for (const topic of ["a/b", "a/x/b", "a/x/y/z/b"]) assert.ok(isMatch("a/**/b", topic), topic);
    assert.ok(!isMatch("a/**/b", "a/x/c"));
    assert.ok(isMatch("**", "anything/at/all"));
    assert.ok(isMatch("**/b/**", "b"));
  });

  it("match as trying all possibilities does", () => {
    const patterns = listsOf(["a", "b", "*", "**"], 4).filter(({ length }) => length > 0);
    const topics = listsOf(["a", "b"], 5).filter(({ length }) => length > 0);
    for (const pattern of patterns) {
      for (const topic of topics) {
        assert.equal(
          matchesTopic(pattern, topic),
          matchesByTrying(pattern, topic),
          `${pattern.join("/")} ${topic.join("/")}`,
        );
      }
    }
  });

  it("cover a pattern only if they match all that it matches", () => {
    const patterns = listsOf(["a", "*", "**"], 3).filter(({ length }) => length > 0);
    const topics = listsOf(["a", "b"], 5).filter(({ length }) => length > 0);
    for (const outer of patterns) {
      for (const inner of patterns.filter((pattern) => coversPattern(outer, pattern))) {
        const escaped = topics.filter((topic) => matchesTopic(inner, topic) && !matchesTopic(outer, topic));
        assert.deepEqual(escaped, [], `${outer.join("/")} covers ${inner.join("/")}`);
      }
    }
    assert.ok(isCovered("plugin/x/**", "plugin/x/events"));
    assert.ok(isCovered("plugin/x/**", "plugin.x.**"));
    assert.ok(isCovered("plugin/*/events", "plugin/*/events"));
    assert.ok(!isCovered("plugin/x/*", "plugin/x/**"));
    assert.ok(!isCovered("plugin/x/events", "plugin/*/events"));
    assert.ok(!isCovered("plugin/x/**", "**"));
  });

  it("match a pattern that was built to be slow in few steps", () => {
    const pattern = patternOf(`${"**/a/".repeat(31)}**/b`).segments;
    const topic = segmentsOfTopic(topicOf(Array.from({ length: 64 }, () => "a").join("/")));
    let reads = 0;
    const counted = new Proxy(pattern, {
      get(target, key, receiver) {
        reads += 1;
        return Reflect.get(target, key, receiver);
      },
    });
    assert.equal(matchesTopic(counted, topic), false);
    assert.ok(reads < 64 * 64 * 3, `${reads} reads`);
  });

  it("are rejected with 100,000 characters, NUL, spaces, halves of characters, empty segments or wildcards", () => {
    const bad = [
      "x".repeat(100_000),
      "x".repeat(1001),
      "a/\0",
      "a b",
      "a/\ud800",
      "a/\udc00b",
      "a\u2028",
      "a/\n",
      "",
      "/",
      "a//b",
      "/a",
      "a/",
      "..",
      "a/>",
    ];
    for (const text of bad) {
      assert.throws(() => topicOf(text), isInvalid, text.slice(0, 20));
      assert.throws(() => patternOf(text), isInvalid, text.slice(0, 20));
    }
    for (const text of ["*", "**", "a/*", "a/**/b", "a*"]) assert.throws(() => topicOf(text), isInvalid, text);
    for (const text of ["a*", "***", "a/b*/c", "x".repeat(501)]) assert.throws(() => patternOf(text), isInvalid, text);
    assert.throws(() => topicOf(Array.from({ length: 65 }, () => "a").join("/")), isInvalid);
    for (const value of [undefined, null, 1, {}, ["a"]]) assert.throws(() => topicOf(value), isInvalid);
  });

  it("may have 1000 characters, 64 segments and letters of any language", () => {
    for (const text of ["x".repeat(1000), Array.from({ length: 64 }, () => "a").join("/"), "plugin/größe/日本/😀"]) {
      assert.equal(topicOf(text), text);
    }
  });
});

// The types that all parts of the plugins share; the tests of the broker use them.
export type SharedTypes = [BusParticipant, BusTransport];
