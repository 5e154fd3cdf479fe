import assert from "node:assert/strict";
import type { Execution } from "../../../../src/core/executions/execution.ts";
import type { WindowListing } from "../../../../src/protocol/status.ts";
import { noOtherWindows } from "../../../../src/server/windows/windows.ts";
import { listing } from "../../../support/fakeAddress.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";

describe("A bridge whose editor window is gone", () => {
  let bridge: TestBridge;
  let comeBack: () => void;

  beforeEach(async () => {
    bridge = await startTestBridge({ workbenchTickMs: 2, commands: { never: () => new Promise(() => undefined) } });
  });
  afterEach(() => bridge.dispose());

  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      const watching = bridge.core.workbench.onDidChange(() => {
        void watching.dispose();
        resolve();
      });
    });

  /** The page is closed: what the workbench is asked waits for its return. */
  async function closePage(): Promise<void> {
    const back = Promise.withResolvers<void>();
    bridge.editor.reachWorkbench = () => back.promise;
    comeBack = back.resolve;
    await changed();
  }

  it("reports it in health and status, and recovers when the window is back", async () => {
    assert.equal((await bridge.call("/health")).status, 200);
    const events: string[] = [];
    bridge.core.events.onDidAppend((event) => event.type === "status-changed" && events.push(event.status));
    await closePage();
    const health = await bridge.call("/health");
    assert.equal(health.status, 503);
    assert.deepEqual([health.json["status"], health.json["reason"]], ["unhealthy", "window_disconnected"]);
    assert.equal((health.json["server"] as { running: boolean }).running, true);
    const status = await bridge.call("/api/kiro/status");
    assert.equal(status.status, 200);
    assert.deepEqual([status.json["status"], status.json["reason"]], ["unavailable", "window_disconnected"]);
    const back = changed();
    comeBack();
    await back;
    assert.equal((await bridge.call("/health")).json["status"], "healthy");
    assert.equal("reason" in (await bridge.call("/api/kiro/status")).json, false);
    bridge.core.outputs.flush();
    assert.deepEqual(events, ["unavailable", "ready"]);
  });

  it("is healthy all the same while another window at its address can run commands", async () => {
    await bridge.dispose();
    const states: WindowListing["state"][] = [];
    const windows = { ...noOtherWindows, list: () => states.map((state) => listing("other", { state })) };
    bridge = await startTestBridge({ workbenchTickMs: 2, windows });
    await closePage();
    const healthWith = async (...others: WindowListing["state"][]): Promise<unknown> => {
      states.splice(0, states.length, ...others);
      return (await bridge.call("/health")).json["status"];
    };
    assert.equal(await healthWith(), "unhealthy");
    assert.equal(await healthWith("unavailable", "not-responding"), "unhealthy");
    assert.equal(await healthWith("unavailable", "busy"), "healthy");
    assert.equal(await healthWith("ready"), "healthy");
  });

  it("rejects editor commands immediately as retryable, and runs those for the Kiro CLI", async () => {
    await closePage();
    const refused = await bridge.execute({ command: "test.echo" }, { "Idempotency-Key": "once" });
    assert.equal(refused.status, 503);
    assert.equal(refused.json["code"], "KIRO_UNAVAILABLE");
    assert.equal(refused.json["recoverable"], true);
    assert.deepEqual(refused.json["context"], { reason: "window_disconnected", cause: "window-gone" });
    const prompt = await bridge.execute({ command: "kiro.cli.chat", args: ["Hello"] });
    assert.equal(prompt.json["output"], "answer to Hello");
    const back = changed();
    comeBack();
    await back;
    const again = await bridge.execute({ command: "test.echo" }, { "Idempotency-Key": "once" });
    assert.equal(again.status, 200);
  });

  it("rejects a command that was sent after it was gone, and the queue behind it", async () => {
    const sent = Promise.withResolvers<Execution[]>();
    const submit = (): Promise<Execution> => bridge.core.dispatcher.submit({ command: "never", timeoutMs: 60_000 });
    bridge.editor.reachWorkbench = () => {
      sent.resolve(Promise.all(Array.from({ length: 5 }, submit)));
      return new Promise(() => undefined);
    };
    const waiting = await sent.promise;
    await Promise.all(waiting.map(({ settled }) => settled));
    for (const { failure } of waiting)
      assert.deepEqual(failure?.context, { reason: "window_disconnected", cause: "window-gone" });
  });

  it("lets commands continue that started before: they may belong to an extension", async () => {
    const early = await bridge.core.dispatcher.submit({ command: "never", timeoutMs: 60_000 });
    const later = Promise.withResolvers<void>();
    const { reachWorkbench } = bridge.editor;
    let asked = 0;
    bridge.editor.reachWorkbench = async () => {
      if (Date.now() > (early.startedAt ?? 0) && ++asked === 3) later.resolve();
      return reachWorkbench();
    };
    await later.promise;
    await closePage();
    assert.equal(early.status, "running");
  });
});
