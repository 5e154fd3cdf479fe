import assert from "node:assert/strict";
import { maskedLogger } from "../../../src/core/privacy/maskedLogger.ts";
import { Redactor } from "../../../src/core/privacy/redactor.ts";
import { type LogFormat, type LogLevel, ServerLog } from "../../../src/serve/log/serverLog.ts";

describe("The log of a server", () => {
  function logInto(format: LogFormat, level: LogLevel = "info") {
    const lines: string[] = [];
    const log = new ServerLog({ format, level, write: (line) => lines.push(line), now: () => 0 });
    return { log, lines };
  }

  it("has one JSON object in each line", () => {
    const { log, lines } = logInto("json");
    log.info("A line\nof two", { port: 3001, missing: undefined });
    log.warn("Another");
    assert.deepEqual(lines, [
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"A line\\nof two","fields":{"port":3001}}\n',
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","message":"Another"}\n',
    ]);
  });

  it("has one line of text for each message, without control characters", () => {
    const { log, lines } = logInto("text");
    log.error("A\u001b[2J line", { path: "/a/b", reason: "two words\n\u009b" });
    assert.deepEqual(lines, ['1970-01-01T00:00:00.000Z ERROR A\\x1b[2J line path=/a/b reason="two words\\n\\x9b"\n']);
  });

  it("leaves out what is less severe than its level", () => {
    const { log, lines } = logInto("text", "warn");
    log.debug("no");
    log.info("no");
    log.warn("yes");
    assert.equal(lines.length, 1);
    assert.equal(log.logLevel, 4);
  });

  it("has no secrets behind the one redactor", () => {
    const { log, lines } = logInto("json");
    const redactor = new Redactor();
    redactor.configure({ secrets: () => ["owner-token-0123456789abcdef"] });
    maskedLogger(log, redactor).info("It is owner-token-0123456789abcdef", { text: "x owner-token-0123456789abcdef" });
    assert.doesNotMatch(lines.join(""), /owner-token-0123456789abcdef/);
  });
});
