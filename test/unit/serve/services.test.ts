import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";

const examples = "examples/server";

describe("The examples of services", () => {
  it("have a unit that systemd takes", async function () {
    const folder = await temporaryFolder();
    try {
      const unit = join(folder, "kiro-bridge.service");
      await copyFile(join(examples, "kiro-bridge.service"), unit);
      const { status, stderr, error } = spawnSync("systemd-analyze", ["verify", "--user", unit], {
        encoding: "utf8",
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
        timeout: 60_000,
      });
      if (error !== undefined && "code" in error && error.code === "ENOENT") this.skip();
      assert.deepEqual(
        { status, complaints: stderr.split("\n").filter((line) => line.includes("kiro-bridge")) },
        {
          status: 0,
          complaints: [],
        },
      );
    } finally {
      await removeFolder(folder);
    }
  });

  it("give the server more time to stop than it takes, and do not restart it with wrong settings", async () => {
    const unit = await readFile(join(examples, "kiro-bridge.service"), "utf8");
    assert.ok(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) > 10);
    assert.match(unit, /^RestartPreventExitStatus=64 78$/m);
    const agent = await readFile(join(examples, "com.kiro-bridge.serve.plist"), "utf8");
    assert.ok(Number(/<key>ExitTimeOut<\/key>\s*<integer>(\d+)</.exec(agent)?.[1]) > 10);
  });
});
