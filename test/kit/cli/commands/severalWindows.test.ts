import assert from "node:assert/strict";
import { removeCliBundle } from "../../../support/cli/cliBundle.ts";
import { CliProcess, type CliResult, runCli } from "../../../support/cli/cliProcess.ts";
import { freePort } from "../../../support/programs/freePort.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";
import { WindowProcess } from "../../../support/windows/windowProcess.ts";

describe("The command line with several windows at one address", () => {
  let home: string;
  let env: Readonly<Record<string, string>>;
  let windows: readonly WindowProcess[] = [];
  before(async () => {
    home = await temporaryFolder();
    const port = await freePort();
    const owner = await WindowProcess.start({ id: "a", port, discovery: home, ownCommands: ["only.a"] });
    const member = await WindowProcess.start({ id: "b", port, discovery: home, ownCommands: ["only.b"] });
    windows = [owner, member];
    await owner.whenAddress((address) => address.windows === 2);
    const url = `http://127.0.0.1:${port}`;
    env = { KIRO_BRIDGE_HOME: home, KIRO_BRIDGE_URL: url, KIRO_BRIDGE_TOKEN: TEST_TOKEN };
  });
  after(async () => {
    await Promise.all(windows.map((window) => window.end()));
    await removeFolder(home);
    await removeCliBundle();
  });

  const run = (...args: string[]): Promise<CliResult> => runCli(args, { env });

  it("lists them all", async () => {
    const { stdout } = await run("windows", "--json");
    const listed = JSON.parse(stdout).windows.map(({ id }: { id: string }) => id);
    assert.deepEqual(listed.toSorted(), ["a", "b"]);
  });

  it("runs a command in the window that is named, and nowhere else", async () => {
    const [right, wrong] = await Promise.all([
      run("exec", "only.b", "--window", "b", "--quiet"),
      run("exec", "only.b", "--window", "a", "--quiet"),
    ]);
    assert.deepEqual(right, { code: 0, stdout: "b\n", stderr: "" });
    assert.equal(wrong.code, 1);
  });

  it("cancels a prompt in another window at Ctrl+C", async () => {
    const asking = await CliProcess.start(["ask", "hold it", "--window", "b", "--json"], { env });
    await asking.printed('"started"');
    asking.signal("SIGINT");
    const { code, stdout } = await asking.ended;
    assert.equal(code, 130);
    const { executionId } = JSON.parse(stdout.split("\n")[0] ?? "") as { executionId: string };
    const shown = await run("executions", "show", executionId, "--json");
    const { status, windowId } = JSON.parse(shown.stdout) as { status: string; windowId: string };
    assert.deepEqual([status, windowId], ["cancelled", "b"]);
  });

  it("answers the question of a prompt in another window", async () => {
    const { code, stdout } = await run("ask", "ask what it is", "--window", "b", "--answer", "a text", "--quiet");
    assert.deepEqual([code, stdout], [0, "the answer is a text\n"]);
  });
});
