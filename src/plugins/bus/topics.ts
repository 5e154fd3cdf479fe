import { BridgeError } from "../../protocol/errors.ts";

const MAX_TOPIC_LENGTH = 1000;
const MAX_PATTERN_LENGTH = 500;
const MAX_SEGMENTS = 64;

/** Matches one segment. */
const ONE = "*";
/** Matches any number of segments, also none. */
const ANY = "**";

const GREATER = ">".charCodeAt(0);

/** A pattern of topics, split once. */
export interface TopicPattern {
  /** Its slash form. */
  readonly text: string;
  readonly segments: readonly string[];
}

/**
 * Returns the slash form of a topic: `plugin.x.events` is `plugin/x/events`.
 * @throws BridgeError VALIDATION_FAILED for one that is too long, has empty segments, spaces, control characters or
 * wildcards
 */
export function topicOf(text: unknown): string {
  const segments = segmentsOf(text, "topic", MAX_TOPIC_LENGTH);
  if (segments.some((segment) => segment.includes("*"))) throw invalid("A topic has no wildcards.");
  return segments.join("/");
}

/** Returns a pattern of topics. @throws BridgeError VALIDATION_FAILED as `topicOf` does, and for a `*` inside a segment */
export function patternOf(text: unknown): TopicPattern {
  const segments = segmentsOf(text, "pattern", MAX_PATTERN_LENGTH);
  for (const segment of segments) {
    if (segment.includes("*") && segment !== ONE && segment !== ANY) {
      throw invalid("A wildcard is a whole segment: '*' for one segment, '**' for any number.");
    }
  }
  return { text: segments.join("/"), segments };
}

/** Splits a topic in its slash form. */
export function segmentsOfTopic(topic: string): readonly string[] {
  return topic.split("/");
}

/**
 * Returns true if the pattern matches the topic. Takes time proportional to the product of both lengths at worst: it
 * returns only to the last `**`, as file globs do.
 */
export function matchesTopic(pattern: readonly string[], topic: readonly string[]): boolean {
  return matches(pattern, topic, (wanted, found) => wanted === ONE || wanted === found);
}

/**
 * Returns true if each topic that `inner` matches is also matched by `outer`, as far as this shows segment by segment:
 * a permission to subscribe to `outer` then allows `inner`.
 */
export function coversPattern(outer: readonly string[], inner: readonly string[]): boolean {
  return matches(outer, inner, (wanted, found) => (wanted === ONE ? found !== ANY : wanted === found));
}

function matches(
  pattern: readonly string[],
  texts: readonly string[],
  isMatch: (wanted: string, found: string) => boolean,
): boolean {
  let at = 0;
  let textAt = 0;
  let afterAny = -1;
  let anyEndsAt = 0;
  while (textAt < texts.length) {
    const wanted = pattern[at];
    const found = texts[textAt];
    if (wanted === ANY) {
      at += 1;
      afterAny = at;
      anyEndsAt = textAt;
    } else if (wanted !== undefined && found !== undefined && isMatch(wanted, found)) {
      at += 1;
      textAt += 1;
    } else if (afterAny >= 0) {
      at = afterAny;
      anyEndsAt += 1;
      textAt = anyEndsAt;
    } else {
      return false;
    }
  }
  while (pattern[at] === ANY) at += 1;
  return at === pattern.length;
}

function segmentsOf(text: unknown, noun: string, maxLength: number): readonly string[] {
  if (typeof text !== "string" || text === "") throw invalid(`The ${noun} is a text that is not empty.`);
  if (text.length > maxLength) throw invalid(`The ${noun} is longer than ${maxLength} characters.`);
  if (hasForbidden(text)) throw invalid(`The ${noun} has a space, a control character, half of a character, or '>'.`);
  const segments = text.split(/[./]/);
  if (segments.length > MAX_SEGMENTS) throw invalid(`The ${noun} has more than ${MAX_SEGMENTS} segments.`);
  if (segments.includes("")) throw invalid(`The ${noun} has an empty segment.`);
  return segments;
}

/** Returns true if a text has characters that no transport carries unchanged; `>` is a wildcard of NATS. */
function hasForbidden(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x20 && code < 0x7f) {
      if (code === GREATER) return true;
    } else if (code <= 0xa0 || code === 0x2028 || code === 0x2029) {
      return true;
    } else if (code >= 0xd800 && code <= 0xdfff) {
      const next = text.charCodeAt(at + 1);
      if (code > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return true;
      at += 1;
    }
  }
  return false;
}

function invalid(message: string): BridgeError {
  return new BridgeError("VALIDATION_FAILED", message);
}
