import assert from "node:assert/strict";
import { WINDOW_PATHS } from "../../../../../src/dashboard/channel/windows/windowCalls.ts";
import { startTestBridge, type TestBridge } from "../../../../support/testBridge.ts";

describe("The endpoints for the dashboards of other windows", () => {
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge();
  });
  after(() => bridge.dispose());

  it("do not exist for programs, not even with the token of the owner", async () => {
    const { executionId } = (await bridge.execute({ command: "test.echo", args: ["a"] })).json as {
      executionId: string;
    };
    const { metrics, queue, history, engines, run, runExport } = WINDOW_PATHS;
    for (const path of [metrics, queue, history, engines, run(executionId), runExport(executionId)]) {
      const { status } = await bridge.call(path);
      assert.equal(status, 404, path);
    }
    assert.equal((await bridge.call(history, { method: "DELETE" })).status, 404);
    assert.equal(bridge.core.executions.all.size, 1);
  });
});
