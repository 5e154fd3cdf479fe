import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { TEST_TOKEN } from "../support/testBridge.ts";
import { buildEarlier, hasCommit, npmPackageOf } from "../support/upgrade/earlierBuild.ts";
import { versionNamed } from "../support/upgrade/earlierVersions.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";

const DEADLINE_MS = 120_000;
const run = promisify(execFile);
/** The first version with a command line, and the latest one. */
const versions = ["plugins", "exports"].map(versionNamed);

/** Programs are updated at other times than the editor. */
for (const version of versions) {
  describe(`The npm package of "${version.name}", with a bridge of this version`, function () {
    this.timeout(900_000);
    let folder: string;
    let group: WindowGroup | undefined;
    let url: string;

    before(async function () {
      if (!(await hasCommit(version.commit))) this.skip();
      folder = await npmPackageOf(await buildEarlier(version));
      group = await WindowGroup.create();
      ({ url } = group);
      await group.start("w");
    });
    after(() => group?.dispose());

    const cli = async (...args: readonly string[]): Promise<string> => {
      const env = { ...process.env, KIRO_BRIDGE_TOKEN: TEST_TOKEN, KIRO_BRIDGE_HOME: group?.discovery };
      const all = [join(folder, "cli.js"), "--url", url, ...args];
      return (await run(process.execPath, all, { env, timeout: DEADLINE_MS })).stdout;
    };

    it("calls commands, prompts, reads events and runs, and gets errors by their codes", async () => {
      const program = join(import.meta.dirname, "..", "support", "upgrade", "earlierClientMain.mjs");
      const args = [program, join(folder, "client.js"), url, TEST_TOKEN];
      const { stdout } = await run(process.execPath, args, { timeout: DEADLINE_MS });
      assert.deepEqual(JSON.parse(stdout), {
        output: "from an earlier client",
        isTold: true,
        said: "1 2 3 ",
        status: "completed",
        command: "test.echo",
        refused: "ACCESS_DENIED",
      });
    });

    it("has a command line that shows the status, runs commands and lists runs", async () => {
      assert.match(await cli("status"), /healthy|running|Fake Editor/i);
      assert.match(await cli("exec", "test.echo", "from the command line"), /from the command line/);
      assert.match(await cli("executions", "list"), /test\.echo/);
      assert.match(await cli("windows"), /Fake Editor/);
    });
  });
}
