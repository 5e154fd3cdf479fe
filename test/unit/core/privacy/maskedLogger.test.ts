import assert from "node:assert/strict";
import type { LogFacts, Logger } from "../../../../src/base/logger.ts";
import { maskedLogger } from "../../../../src/core/privacy/maskedLogger.ts";
import { Redactor } from "../../../../src/core/privacy/redactor.ts";

const SECRET = "a-known-secret-of-the-test";

describe("maskedLogger", () => {
  it("masks the text and the facts of each line", () => {
    const { lines, logger } = recordingLogger();
    const masked = maskedLogger(logger, new Redactor({ secrets: () => [SECRET] }));
    for (const level of ["debug", "info", "warn", "error"] as const) masked[level](SECRET, { fact: SECRET, count: 1 });
    assert.equal(lines.length, 4);
    for (const line of lines) assert.deepEqual(line, ["(hidden)", { fact: "(hidden)", count: 1 }]);
  });

  for (const { logLevel, expected } of [
    { logLevel: 0, expected: 0 },
    { logLevel: 1, expected: 1 },
    { logLevel: 2, expected: 1 },
    { logLevel: 3, expected: 0 },
  ]) {
    it(`passes ${expected} debug lines on at level ${logLevel}, and masks no others`, () => {
      const { lines, logger } = recordingLogger(logLevel);
      let masked = 0;
      const text = (shown: string): string => {
        masked++;
        return shown;
      };
      maskedLogger(logger, { text }).debug("a line", { fact: "a fact" });
      assert.equal(lines.length, expected);
      assert.equal(masked, expected * 2);
    });
  }

  it("follows a change of the level", () => {
    const { lines, logger } = recordingLogger(3);
    const masked = maskedLogger(logger, new Redactor());
    masked.debug("before");
    logger.logLevel = 2;
    masked.debug("after");
    assert.deepEqual(lines, [["after", undefined]]);
  });
});

type Line = [text: string, facts: LogFacts | undefined];

function recordingLogger(logLevel?: number): { lines: Line[]; logger: Logger & { logLevel?: number } } {
  const lines: Line[] = [];
  const log = (text: string, facts?: LogFacts): void => void lines.push([text, facts]);
  return {
    lines,
    logger: { debug: log, info: log, warn: log, error: log, ...(logLevel !== undefined && { logLevel }) },
  };
}
