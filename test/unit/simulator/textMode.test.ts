import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { fake, fakeSay } from "../../fixtures/simulator/directive.ts";
import { Output } from "../../fixtures/simulator/output.ts";
import {
  CREDITS,
  ERASE_LINE,
  EXIT_HINT,
  HIDE_CURSOR,
  MARKER,
  PROCESS_END,
  SHOW_CURSOR,
} from "../../fixtures/simulator/text/textBytes.ts";
import { endSimulators, spawnSimulator } from "../../support/simulator.ts";
import { count, ended, startText, rendered, textRun } from "./textRun.ts";

const THINKING = `${HIDE_CURSOR}${ERASE_LINE}${SHOW_CURSOR}`;

describe("simulator text mode", function () {
  afterEach(endSimulators);

  it("writes marker and answer on stdout, spinner and time line on stderr, and after the last line the hint", async () => {
    const { stdout, stderr, exit } = await textRun(["one", "two"]);
    assert.equal(stdout, rendered(1, "one") + rendered(2, "two"));
    assert.equal(stderr, THINKING + CREDITS + THINKING + CREDITS + EXIT_HINT + PROCESS_END);
    assert.deepEqual(exit, { code: 0, signal: null });
  });

  it("has the very bytes of the captures", () => {
    assert.equal(Buffer.from(MARKER).toString("hex"), "1b5b33383b353b3134316d3e201b5b306d");
    assert.equal(CREDITS, "\u001b[38;5;8m\n ▸ Credits: 0.02 • Time: 1s\n\u001b[0m\n");
    assert.equal(PROCESS_END, "\u001b[1G\u001b[0m\u001b[0m\u001b[?25h");
  });

  it("turns a spinner on stderr while it thinks", async () => {
    const { stderr } = await textRun([`hi ${fake("normal", { thinkMs: 100 })}`]);
    assert.ok(stderr.startsWith(`${HIDE_CURSOR}\r⠋ Thinking...\r⠙ Thinking...${ERASE_LINE}${SHOW_CURSOR}`));
  });

  it("makes one message of each line, except in an open fence and after a backslash", async () => {
    const { simulator } = await textRun(["a", "", "  ", "b \\", "c", "```", "d", "", "```", "e"]);
    assert.deepEqual(
      simulator.records("turn").map((record) => record["prompt"]),
      ["a", "b \\\nc", "```\nd\n\n```", "e"],
    );
  });

  it("takes \\r\\n as a line end, and a backspace as the end of the character before it", async () => {
    const { simulator } = await textRun(["a\r", "xé\by🦀\b"]);
    assert.deepEqual(
      simulator.records("turn").map((record) => record["prompt"]),
      ["a", "xy"],
    );
  });

  it("leaves at a line that is not UTF-8, with code 0", async () => {
    const simulator = startText();
    simulator.stdin.end(Buffer.concat([Buffer.from("one\n"), Buffer.from([0xff, 0x0a]), Buffer.from("two\n")]));
    const { exit, stdout } = await ended(simulator);
    assert.equal(stdout, rendered(1, "one"));
    assert.equal(exit.code, 0);
  });

  it("prints a prompt on stdout before each read only for TERM=dumb", async function () {
    if (process.platform === "win32") this.skip();
    const plain = await textRun(["one"], { TERM: "dumb" });
    assert.equal(plain.stdout, `> ${rendered(1, "one")}> `);
    const trusting = await textRun(["one"], { TERM: "dumb" }, ["-a"]);
    assert.equal(trusting.stdout, `!> ${rendered(1, "one")}!> `);
  });

  it("never runs a shell command, but shows and records that it would have been", async () => {
    const { stdout, simulator } = await textRun(["!echo pwned", "one"]);
    assert.equal(stdout, `[fake would run: echo pwned]\n${rendered(1, "one")}`);
    assert.deepEqual(
      simulator.records("shell").map((record) => record["shell"]),
      ["echo pwned"],
    );
  });

  it("obeys slash commands on stderr, and takes a path for text", async () => {
    const { stdout, stderr, simulator } = await textRun([
      "/nonsense",
      "/session-id",
      "/clear",
      "y",
      "@template",
      "/etc/hosts is a file",
      "/quit",
      "never read",
    ]);
    assert.match(stderr, /^error: unrecognized subcommand 'nonsense'\nSession ID: [0-9a-f-]{36}\n\nAre you sure\?/u);
    assert.deepEqual(
      simulator.records("clear").map((record) => record["isCleared"]),
      [true],
    );
    assert.equal(simulator.records("template").length, 1);
    assert.equal(stdout, rendered(1, "/etc/hosts is a file"));
    assert.ok(!stderr.includes("To exit the CLI"));
  });

  it("greets on stderr, with a warning when all tools are trusted", async () => {
    const simulator = spawnSimulator(["chat", "--trust-all-tools", "--resume"]);
    simulator.stdin.end("one\n");
    await simulator.closed();
    assert.match(
      simulator.stderr(),
      /^Picking up where we left off\.\.\.[^]*Did you know\?[^]*━{80}\nAll tools are now trusted \(!\)\.[^]*Model: Auto/u,
    );
    assert.equal(simulator.stdout(), rendered(1, "one"));
  });

  it("banner-noise: 200 lines on stderr and three on stdout before the first answer", async () => {
    const { stderr, stdout } = await textRun(["one"], { FAKE_KIRO_SCENARIO: "banner-noise" });
    assert.equal(count(stderr.slice(0, stderr.indexOf(THINKING)), "\n"), 200);
    assert.ok(stdout.endsWith(rendered(1, "one")));
    assert.equal(count(stdout.slice(0, stdout.indexOf(MARKER)), "\n"), 3);
  });

  it("renders fences away, or leaves them for raw-markdown", async () => {
    const json = '```json\n{ "message": "4" }\n```';
    const rendered = await textRun([fakeSay(json)]);
    assert.equal(rendered.clean, '> json\n{ "message": "4" }\n');
    const raw = await textRun([fakeSay(json)], { FAKE_KIRO_SCENARIO: "raw-markdown" });
    assert.equal(raw.clean, `> ${json}\n`);
  });

  it("writes the marker last, and no time line, byte for byte when asked", async () => {
    const text = 'Here\'s the INVEST analysis:\n\n```json\n{\n  "score": 75\n}\n```';
    const { stdout, stderr } = await textRun([fakeSay(text)], { FAKE_KIRO_SEED_MARKER: "end" });
    assert.equal(stdout, `\u001b[0m\u001b[2K\u001b[1G${text}\n\u001b[38;5;141m> \u001b[0m`);
    assert.ok(!stderr.includes("Time:"));
  });

  it("abandons a turn at SIGINT without a time line, and reads on", async () => {
    const simulator = startText();
    simulator.stdin.write(`one ${fake("hang")}\n`);
    await simulator.until("three words", () => simulator.stdout().includes("1 to:"));
    simulator.child.kill("SIGINT");
    await simulator.until("the end of the turn", () => simulator.stderr() === `${THINKING}\n\n`);
    simulator.stdin.end("two\n");
    const { stdout } = await ended(simulator);
    assert.ok(stdout.endsWith(rendered(2, "two")));
  });

  it("gives the hint at the first SIGINT in idleness, and ends at the second", async () => {
    const simulator = startText();
    await simulator.until("the start", () => simulator.records("ready").length === 1);
    simulator.child.kill("SIGINT");
    await simulator.until("the hint", () => simulator.stderr() === EXIT_HINT);
    simulator.child.kill("SIGINT");
    assert.deepEqual(await simulator.closed(), { code: 0, signal: null });
    assert.equal(simulator.stderr(), EXIT_HINT + PROCESS_END);
  });

  it("dies of SIGTERM", async () => {
    const simulator = startText();
    await simulator.until("the start", () => simulator.records("ready").length === 1);
    simulator.child.kill("SIGTERM");
    assert.deepEqual(await simulator.closed(), { code: null, signal: "SIGTERM" });
  });

  it("waits with each write until the reader has made room", async () => {
    let release: () => void = () => {};
    const slow = new Writable({ highWaterMark: 4, write: (_chunk, _encoding, done) => void (release = () => done()) });
    let isWritten = false;
    const written = new Output(slow).write("more than four").then(() => (isWritten = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isWritten, false);
    release();
    await written;
    assert.equal(isWritten, true);
  });
});
