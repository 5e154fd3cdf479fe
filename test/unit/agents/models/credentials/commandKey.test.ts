import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { commandKey } from "../../../../../src/agents/models/credentials/commandKey.ts";
import { ModelFailure } from "../../../../../src/core/models/modelFailure.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { NO_ABORT } from "../../../../support/models/wireOptions.ts";
import { until } from "../../../../support/until.ts";

describe("The command that prints a key", () => {
  let cwd: string;
  beforeEach(async () => (cwd = await temporaryFolder()));
  afterEach(async () => await removeFolder(cwd));

  const run = async (script: string, more: object = {}, signal = NO_ABORT) =>
    await commandKey(
      [process.execPath, "-e", script],
      { id: "work", cwd, redact: (text) => text.replaceAll("k-secret", "(hidden)"), ...more },
      signal,
    );
  const fails = async (script: string, sentence: RegExp, more: object = {}) => {
    await assert.rejects(run(script, more), (error) => {
      assert.ok(error instanceof ModelFailure, String(error));
      assert.equal(error.kind, "unauthorized");
      assert.match(error.message, sentence);
      assert.doesNotMatch(error.message, /k-secret/);
      return true;
    });
  };

  it("prints it as its only line", async () => {
    assert.equal(await run(`console.log("k-1")`), "k-1");
    assert.equal(await run(`process.stderr.write("a warning"); process.stdout.write("k-2")`), "k-2");
  });

  it("runs without a shell", async () => {
    const argument = "$(echo k-shell); `x` && y";
    const key = await commandKey(
      [process.execPath, "-e", "console.log(process.argv[1].length)", argument],
      { id: "work", cwd, redact: (text) => text },
      NO_ABORT,
    );
    assert.equal(key, String(argument.length));
  });

  it("may not print two lines, nothing, or very much", async () => {
    await fails(
      `console.log("k-secret\\nk-secret")`,
      /What the command of the engine 'work' prints has 2 lines, not one\./,
    );
    await fails(``, /prints is empty/);
    await fails(`process.stdout.write("k".repeat(1e7))`, /longer than 8192/);
  });

  it("says why it failed, with its last line, without what is secret", async () => {
    await fails(
      `console.log("k-secret"); console.error("one\\nPlease run az login, not k-secret"); process.exit(3)`,
      /^The command for the key of the engine 'work' failed with exit code 3\. It says: “Please run az login, not \(hidden\)”$/,
    );
    await assert.rejects(
      commandKey([join(cwd, "nothing")], { id: "work", cwd, redact: (text) => text }, NO_ABORT),
      /cannot be started\. Set the absolute path/,
    );
  });

  /** Starts a child of its own, which would live on, and writes both IDs to a file. */
  const hanging = `
    const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1e9)"], { stdio: "inherit" });
    require("node:fs").writeFileSync("pids", process.pid + " " + child.pid);
    setInterval(() => {}, 1e9);`;
  const pidsOf = async () => {
    const text = await readFile(join(cwd, "pids"), "utf8").catch(() => "");
    return text
      .split(" ")
      .filter((pid) => pid !== "")
      .map(Number);
  };
  const areGone = async () => {
    const pids = await pidsOf();
    assert.equal(pids.length, 2);
    await until(() => pids.every((pid) => !isLiving(pid)), "the end of the group");
  };

  it("is ended when it hangs", async () => {
    await fails(`setInterval(() => {}, 1e9)`, /did not end within 0\.3 s\. Does it wait for an input\?/, {
      timeoutMs: 300,
    });
  });

  it("is ended with its children when nobody needs the key any more", async () => {
    const controller = new AbortController();
    const running = run(hanging, {}, controller.signal);
    const rejected = assert.rejects(running, /over/);
    await until(async () => (await pidsOf()).length === 2);
    controller.abort(new Error("over"));
    await rejected;
    await areGone();
  });
});

function isLiving(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
