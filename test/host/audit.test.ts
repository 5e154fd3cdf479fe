import assert from "node:assert/strict";
import { appendFile, mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import * as z from "zod";
import { bridgeHome, type Discovery, execute, runOwn, waitForBridge, waitForNoDiscovery } from "./support.ts";

const verificationSchema = z.object({ state: z.string(), lines: z.number(), files: z.array(z.looseObject({})) });

describe("The audit log in a real editor", () => {
  let bridge: Discovery;
  let folder: string;

  before(async () => {
    bridge = await waitForBridge();
    folder = await mkdtemp(join(tmpdir(), "kb-audit-"));
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const verify = async (): Promise<z.infer<typeof verificationSchema>> =>
    verificationSchema.parse(await runOwn("verifyAudit"));

  it("has what a program ran, without its arguments, and is whole", async () => {
    const { body } = await execute(bridge, { command: "workbench.action.closeSidebar", args: ["not in the log"] });
    const { executionId } = z.object({ executionId: z.string() }).parse(body);
    const { state, lines } = await verify();
    assert.equal(state, "whole");
    assert.ok(lines > 0);
    const file = join(folder, "audit.jsonl");
    assert.equal(await runOwn("exportAudit", { file }), file);
    const text = await readFile(file, "utf8");
    assert.match(text, new RegExp(`"executionId":"${executionId}".*"command":"workbench.action.closeSidebar"`));
    assert.ok(!text.includes("not in the log"));
  });

  it("is verified while the bridge is off, and a line that was cut off is found", async () => {
    await runOwn("stop");
    await waitForNoDiscovery(bridgeHome(), 60_000, ({ pid }) => pid === process.pid);
    try {
      assert.equal((await verify()).state, "whole");
      const home = join(bridgeHome(), "audit");
      const name =
        (await readdir(home))
          .filter((file) => /^\d+-.*\.jsonl$/.test(file))
          .toSorted()
          .at(-1) ?? "";
      const path = join(home, name);
      const whole = await readFile(path);
      const lastLine = whole.lastIndexOf("\n", -2) + 1;
      await truncate(path, lastLine);
      assert.equal((await verify()).state, "broken");
      await appendFile(path, whole.subarray(lastLine));
      assert.equal((await verify()).state, "whole");
    } finally {
      await vscode.commands.executeCommand("kiroBridge.start");
      bridge = await waitForBridge();
    }
  });
});
