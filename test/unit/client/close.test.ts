import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { FakeAgent } from "../../support/fakePorts.ts";
import { startTestBridge, TEST_TOKEN } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";

const program = join(import.meta.dirname, "../../support/programs/sdkProgram.ts");
const DEADLINE_MS = 60_000;
const reportSchema = z.object({ ends: z.array(z.string()), handles: z.array(z.string()) });

describe("A closed client", () => {
  it("leaves nothing open: its program ends on its own, and the bridge has no connection of it", async () => {
    const held = Promise.withResolvers<void>();
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      context.output("begun");
      await held.promise;
      return { kind: "completed" };
    };
    const bridge = await startTestBridge({ agent, commands: { "test.hold": () => held.promise } });
    const args = ["--no-warnings", program, bridge.server.url, TEST_TOKEN, "test.hold", "hold"];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: DEADLINE_MS });
    const { ends, handles } = reportSchema.parse(JSON.parse(stdout));
    assert.deepEqual(ends, ["fulfilled", "fulfilled", "AbortError", "AbortError", "AbortError"]);
    assert.ok(!handles.includes("Timeout"), handles.join());
    const isGone = (): boolean => bridge.core.clients.list().every(({ kind }) => kind !== "sse");
    await until(isGone, "the end of the connections");
    held.resolve();
    await bridge.dispose();
  });
});
