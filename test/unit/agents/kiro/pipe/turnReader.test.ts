import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { AnsiStripper, MARKER_SIGN as M } from "../../../../../src/agents/kiro/text/ansi.ts";
import { extractJson } from "../../../../../src/agents/kiro/text/jsonAnswer.ts";
import { defaultReaderOptions, type ReaderEvent, TurnReader } from "../../../../../src/agents/kiro/pipe/turnReader.ts";

const TIME = "\n ▸ Credits: 0.28 • Time: 1m 5s\n\n";
const QUESTION = "\nAllow this action? Use 't' to trust (always allow) this tool for the session. [y/n/t]:\n\n";
const options = { ...defaultReaderOptions, quietMs: 300, settleMs: 500 };
const ended: ReaderEvent = { kind: "ended" };

function text(events: readonly ReaderEvent[]): string {
  return events.map((event) => (event.kind === "text" ? event.text : `<${event.kind}>`)).join("");
}

describe("TurnReader", () => {
  let reader: TurnReader;
  beforeEach(() => {
    reader = new TurnReader(options);
    reader.begin(0);
  });

  it("changes from sent to streaming, draining and idle, and ends only after silence", () => {
    assert.equal(reader.state, "sent");
    assert.equal(text(reader.stdout(`${M}Hello`, 10)), "Hello");
    assert.equal(reader.state, "streaming");
    assert.equal(reader.dueAt, undefined, "a marker is no end");
    reader.stderr(TIME, 100);
    assert.equal(reader.state, "draining");
    assert.deepEqual(reader.tick(399), []);
    assert.deepEqual(reader.tick(400), [ended]);
    assert.equal(reader.state, "idle");
    assert.equal(reader.dueAt, undefined);
  });

  it("keeps a late tail in its turn", () => {
    reader.stderr(TIME, 100);
    assert.equal(text(reader.stdout(`${M}late`, 390)), "late");
    assert.deepEqual(reader.tick(410), []);
    assert.deepEqual(reader.tick(690), [ended]);
    assert.equal(reader.hasStrayText, false);
  });

  it("recognizes every form of the time line, however it is split, and nothing similar", () => {
    for (const line of [" ▸ Time: 19s", "▸ Time: 1m 11s", " ▸ Credits: 0.28 • Time: 129m 30s", " ▸ Time: 1h 2m 3s "]) {
      for (const cut of [1, 5, line.length]) {
        reader.begin(0);
        reader.stderr(line.slice(0, cut), 1);
        reader.stderr(line.slice(cut), 1);
        assert.equal(reader.dueAt, undefined, "the line is not whole");
        reader.stderr("\n", 1);
        assert.equal(reader.state, "draining", line);
      }
    }
    reader.begin(0);
    reader.stderr("the log said ▸ Time: 3s\n▸ Time: soon\n", 1);
    reader.stdout(`${M}▸ Time: 3s\nTo exit the CLI`, 1);
    assert.equal(reader.dueAt, undefined);
  });

  it("asks once the tool's text has arrived, and waits for the answer without a limit", () => {
    reader.stderr(QUESTION, 100);
    reader.stdout("I will run the following command: npm test (using tool: shell)\nPurpose: Run the tests\n\n", 150);
    assert.deepEqual(reader.tick(249), []);
    assert.deepEqual(reader.tick(250), [
      {
        kind: "question",
        text: "Allow this action? Use 't' to trust (always allow) this tool for the session.",
        tool: "I will run the following command: npm test (using tool: shell)\nPurpose: Run the tests",
        answers: ["y", "n", "t"],
      },
    ]);
    assert.equal(reader.state, "asking");
    assert.equal(reader.dueAt, undefined);
    reader.answered(9000);
    assert.equal(text(reader.stdout(`${M}Done`, 9100)), "\n\nDone");
    reader.stderr(TIME, 9100);
    assert.deepEqual(reader.tick(9400), [ended]);
  });

  it("offers only the keys that the CLI offers", () => {
    reader.stderr("Are you sure? [y/n]:\n", 0);
    const [question] = reader.tick(100);
    assert.deepEqual(question?.kind === "question" && question.answers, ["y", "n"]);
  });

  it("treats an error as a failure only if no time line follows", () => {
    reader.stderr("Kiro is having trouble responding right now:\n   0: x\n", 10);
    assert.deepEqual(reader.tick(310), [{ kind: "failed", text: "Kiro is having trouble responding right now:" }]);
    reader.begin(1000);
    reader.stderr("Kiro is having trouble responding right now:\n", 1000);
    reader.stdout(`${M}second try`, 1100);
    reader.stderr(TIME, 1200);
    assert.deepEqual(reader.tick(1500), [ended]);
    reader.begin(2000);
    reader.stdout(`${M}Kiro is having trouble responding right now:\n`, 2000);
    assert.equal(reader.dueAt, undefined, "the answer may say so");
  });

  it("distinguishes an interrupted turn from a completed one", () => {
    reader.stdout(`${M}Hel`, 10);
    reader.interrupted(100);
    assert.equal(reader.dueAt, undefined, "silence alone is no sign");
    reader.stderr("\n\n", 150);
    assert.deepEqual(reader.tick(450), [{ kind: "interrupted" }]);
    reader.begin(1000);
    reader.interrupted(1000);
    reader.stderr(TIME, 1001);
    assert.deepEqual(reader.tick(1301), [ended]);
  });

  it("is interrupted during a question, too", () => {
    reader.stderr(QUESTION, 0);
    reader.tick(100);
    reader.interrupted(200);
    reader.stderr("\n\n", 210);
    assert.deepEqual(reader.tick(510), [{ kind: "interrupted" }]);
  });

  it("notices text that belongs to no turn", () => {
    reader.stderr(TIME, 0);
    reader.tick(300);
    reader.stdout(" \n", 400);
    assert.equal(reader.hasStrayText, false);
    reader.stdout("the rest", 500);
    assert.equal(reader.hasStrayText, true);
  });

  it("returns buffered text when the turn is abandoned", () => {
    assert.deepEqual(reader.stdout("[sudo] password for user: ", 0), []);
    assert.equal(text(reader.giveUp()), "[sudo] password for user:");
  });

  it("keeps little of the text that it has read", () => {
    const line = "x".repeat(100_000);
    for (let count = 0; count < 100; count++) reader.stderr(line, count);
    reader.stderr(`\n${TIME}`, 100);
    assert.equal(reader.state, "draining");
  });
});

describe("TurnReader with the marker at the end", () => {
  /** The "Complete Exchange" of the original clients' document, copied as it is; its buffers are JavaScript literals there. */
  function seedExample(name: RegExp): string {
    const seed = readFileSync(new URL("seedExchange.md", import.meta.url), "utf8");
    const literal = name.exec(seed)?.[1];
    assert.ok(literal !== undefined);
    return JSON.parse(literal.replaceAll("\\x1b", "\\u001b"));
  }

  function settledText(raw: string, pieces: number): { text: string; json: unknown } {
    const reader = new TurnReader({ ...options, markerPosition: "end" });
    const stripper = new AnsiStripper({ keepsMarkers: true });
    const bytes = Buffer.from(raw);
    const size = Math.ceil(bytes.length / pieces);
    reader.begin(0);
    let events: ReaderEvent[] = [];
    for (let start = 0; start < bytes.length; start += size) {
      events = events.concat(reader.stdout(stripper.write(bytes.subarray(start, start + size)), 1));
    }
    events = events.concat(reader.stdout(stripper.flush(), 2));
    assert.equal(reader.dueAt, 502);
    assert.deepEqual(reader.tick(501), []);
    assert.deepEqual(reader.tick(502), [ended]);
    return { text: text(events), json: extractJson(text(events)) };
  }

  it("parses the original raw buffer to the original parsed response, and its JSON", () => {
    const raw = seedExample(/^stdout .*?("\\x1b.*")$/mu);
    const parsed = seedExample(/^ {2}output: (".*"),$/mu);
    const json: unknown = JSON.parse(/```json\n([\s\S]*?)\n```/u.exec(parsed)?.[1] ?? "");
    for (const pieces of [1, 7, 1000]) assert.deepEqual(settledText(raw, pieces), { text: parsed, json });
  });

  it("reads the original first example, where the marker is on its own line", () => {
    const { text, json } = settledText('\u001b[0m\u001b[2K\u001b[1G{\n  "a": 1\n}\n\u001b[38;5;141m> \u001b[0m', 3);
    assert.equal(text, '{\n  "a": 1\n}');
    assert.deepEqual(json, { a: 1 });
  });

  it("continues when the marker was text, and does not end at a marker before the text", () => {
    const reader = new TurnReader({ ...options, markerPosition: "end" });
    reader.begin(0);
    reader.stdout(`${M}Hello`, 0);
    assert.equal(reader.dueAt, undefined);
    reader.stdout(` ${M}`, 100);
    assert.equal(reader.dueAt, 600);
    assert.equal(text(reader.stdout("is quoted", 300)), " > is quoted");
    assert.equal(reader.dueAt, undefined);
    reader.stderr(TIME, 400);
    assert.deepEqual(reader.tick(700), [ended], "a real CLI says its time here too");
  });
});
