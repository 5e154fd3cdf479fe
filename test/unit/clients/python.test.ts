import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ClientSurroundings, startClientBridge } from "../../support/clients/clientBridge.ts";
import { startRestartedWindow } from "../../support/clients/restartedWindow.ts";

const run = promisify(execFile);
const folder = join(import.meta.dirname, "../../../clients/python");
const python = process.platform === "win32" ? "python" : "python3";
const OLDEST = [3, 9] as const;

/** Returns the version of Python, or undefined where there is none that the client supports. */
async function pythonVersion(): Promise<string | undefined> {
  const script = `import sys; print(".".join(map(str, sys.version_info[:3])) if sys.version_info >= (${OLDEST.join(", ")}) else "")`;
  const { stdout } = await run(python, ["-c", script]).catch(() => ({ stdout: "" }));
  return stdout.trim() === "" ? undefined : stdout.trim();
}

describe(`The Python client, where ${python} ${OLDEST.join(".")} or later is installed`, function () {
  this.timeout(240_000);
  let surroundings: ClientSurroundings | undefined;

  before(async function () {
    if ((await pythonVersion()) === undefined) this.skip();
  });
  afterEach(async () => {
    await surroundings?.dispose();
    surroundings = undefined;
  });

  /** Runs modules of its own tests. Warnings, such as those of sockets that were not closed, are errors. */
  async function passes(...modules: readonly string[]): Promise<void> {
    const args = ["-W", "error", "-m", "unittest", "-v", ...modules];
    const env = { ...process.env, PYTHONPATH: "src", PYTHONDONTWRITEBYTECODE: "1", ...surroundings?.env };
    const failed = (error: { stdout?: string; stderr?: string }) => assert.fail(`${error.stdout}\n${error.stderr}`);
    const { stderr } = await run(python, args, { cwd: folder, env }).catch(failed);
    assert.match(stderr, /\nRan \d\d? tests? in [^]*\nOK\n$/, stderr);
    assert.doesNotMatch(stderr, /skipped|Exception ignored/, stderr);
  }

  it("parses streams, recognizes repeated events, retries only what may be sent twice, and keeps the token secret", async () => {
    await passes("tests.test_parts", "tests.test_requests");
  });

  it("executes, chats, follows events, reads the token again and pairs, with a real bridge", async () => {
    surroundings = await startClientBridge();
    await passes("tests.test_bridge");
  });

  it("keeps its events, and runs nothing twice, when the bridge is killed and starts again", async () => {
    surroundings = await startRestartedWindow();
    await passes("tests.test_restart");
  });
});
