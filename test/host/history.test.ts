import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import * as z from "zod";
import { runExportSchema } from "../../src/protocol/runExport.ts";
import { type Discovery, execute, runOwn, waitForBridge } from "./support.ts";

describe("The history in a real editor", () => {
  let bridge: Discovery;
  let folder: string;

  before(async () => {
    bridge = await waitForBridge();
    folder = await mkdtemp(join(tmpdir(), "kb-history-"));
  });

  after(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await rm(folder, { recursive: true, force: true });
  });

  const get = async (path: string): Promise<string> => {
    const answer = await fetch(bridge.url + path, { headers: { Authorization: `Bearer ${bridge.token}` } });
    assert.equal(answer.status, 200, path);
    return answer.text();
  };

  it("survives a restart of the bridge", async () => {
    const { body } = await execute(bridge, { command: "workbench.action.closeSidebar", args: ["remember me"] });
    const { executionId } = z.object({ executionId: z.string() }).parse(body);
    await runOwn("restart");
    bridge = await waitForBridge();
    assert.match(await get(`/api/kiro/executions/${executionId}`), /"status":"completed".*/);
    assert.match(await get("/api/kiro/executions?search=remember"), new RegExp(executionId));
  });

  it("exports a run to a file, and opens it again", async () => {
    const { body } = await execute(bridge, { command: "workbench.action.closeSidebar", args: [`x${bridge.token}y`] });
    const { executionId } = z.object({ executionId: z.string() }).parse(body);
    const file = join(folder, "run.json");
    await runOwn("exportRun", { executionId, file });
    const text = await readFile(file, "utf8");
    const run = runExportSchema.parse(JSON.parse(text));
    assert.equal(run.execution.id, executionId);
    assert.match(run.versions.editor, new RegExp(vscode.version));
    assert.deepEqual(run.execution.args, ["x(hidden)y"]);
    assert.ok(!text.includes(bridge.token));
    const opened = await vscode.commands.executeCommand("kiroBridge.openRun", { file });
    assert.equal(runExportSchema.parse(opened).execution.id, executionId);
    await writeFile(file, '{"not":"a run"}');
    assert.equal(await vscode.commands.executeCommand("kiroBridge.openRun", { file }), undefined);
  });

  it("exports metrics for Prometheus", async () => {
    assert.match(await get("/metrics"), /^kiro_bridge_executions_total\{target="editor",status="completed"\} [1-9]/m);
  });
});
