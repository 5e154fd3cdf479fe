import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const program = join(import.meta.dirname, "../../../fixtures/client/everyOption.ts");

describe("A program with a client", () => {
  let bridge: TestBridge;
  let child: ChildProcess | undefined;

  before(async () => {
    bridge = await startTestBridge({ commands: { "test.hold": () => new Promise(() => undefined) } });
  });
  after(async () => {
    child?.kill();
    await bridge.dispose();
  });

  it("ends when its clients are closed, and keeps no handle", async () => {
    const url = `http://127.0.0.1:${bridge.port}`;
    const running = spawn(process.execPath, ["--no-warnings", program, url, TEST_TOKEN], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = running;
    const ended = new Promise<number | null>((resolve) => running.once("exit", resolve));
    const [output, errors, code] = await Promise.all([text(running.stdout), text(running.stderr), ended]);
    assert.equal(code, 0, errors);
    const { echoed, before, after } = JSON.parse(output);
    assert.deepEqual(echoed, ["1", "2", "3", "4"]);
    assert.deepEqual(after, before);
  });
});
