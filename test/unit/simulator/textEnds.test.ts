import assert from "node:assert/strict";
import { fake } from "../../fixtures/simulator/directive.ts";
import { MARKER } from "../../fixtures/simulator/text/textBytes.ts";
import { endSimulators, isGroupAlive } from "../../support/simulator.ts";
import { startText, rendered, textRun } from "./textRun.ts";

describe("simulator text scenarios that do not end well", function () {
  afterEach(endSimulators);

  it("hang: marker and three words, and SIGTERM works", async () => {
    const simulator = startText();
    simulator.stdin.write(`one ${fake("hang")}\n`);
    await simulator.until("three words", () => simulator.stdout() === `${MARKER}Answer 1 to: `);
    simulator.child.kill("SIGTERM");
    assert.equal((await simulator.closed()).signal, "SIGTERM");
  });

  it("deaf: neither SIGINT nor SIGTERM helps, only SIGKILL", async () => {
    const simulator = startText();
    simulator.stdin.write(`one ${fake("deaf")}\n`);
    await simulator.until("three words", () => simulator.stdout().endsWith("to: "));
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      simulator.child.kill(signal);
      await simulator.until(`${signal} to be ignored`, () =>
        simulator.records("ignored").some((record) => record["signal"] === signal),
      );
    }
    simulator.child.kill("SIGKILL");
    assert.equal((await simulator.closed()).signal, "SIGKILL");
  });

  for (const when of ["end", "middle"]) {
    it(`orphan: exits 0 at the ${when} of the answer while a grandchild holds stdout open`, async () => {
      const simulator = startText();
      const prompt = fake("orphan", { when });
      simulator.stdin.end(`${prompt}\n`);
      assert.deepEqual(await simulator.exited(), { code: 0, signal: null });
      assert.equal(simulator.child.stdout?.readableEnded, false);
      assert.ok(isGroupAlive(simulator.pid));
      process.kill(-simulator.pid, "SIGKILL");
      await simulator.closed();
      assert.equal(simulator.stdout() === rendered(1, prompt), when === "end");
    });
  }

  it("crash: ten words and the exit code that was asked for", async () => {
    const usual = await textRun([`q ${fake("crash", { words: 30 })}`]);
    assert.deepEqual(usual.exit, { code: 139, signal: null });
    assert.equal(usual.clean.trim().split(/\s+/u).length, 1 + 10);
    const other = await textRun([fake("crash")], { FAKE_KIRO_EXIT: "3" });
    assert.equal(other.exit.code, 3);
    const aborted = await textRun([fake("crash", { exit: "abort" })]);
    assert.equal(aborted.exit.signal, "SIGABRT");
  });
});
