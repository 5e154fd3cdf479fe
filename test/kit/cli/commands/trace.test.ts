import assert from "node:assert/strict";
import { executionSchema } from "../../../../src/protocol/executions.ts";
import { fakeSay } from "../../../fixtures/simulator/directive.ts";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { removeCliBundle } from "../../../support/cli/cliBundle.ts";

const given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const ofBuild = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

describe("The trace of kiro-bridge", () => {
  let bridge: CliBridge;
  before(async () => {
    bridge = await CliBridge.start();
  });
  after(async () => {
    await bridge.dispose();
    await removeCliBundle();
  });

  /** Runs a command line, and returns the trace that its execution is a part of. */
  async function traceOf(args: readonly string[], TRACEPARENT = ""): Promise<string | undefined> {
    const { code, stderr } = await bridge.run(args, { env: { TRACEPARENT } });
    assert.equal(code, 0, stderr);
    const { json } = await bridge.bridge.call("/api/kiro/executions?limit=1");
    const [{ id }] = (json as { executions: [{ id: string }] }).executions;
    return executionSchema.parse((await bridge.bridge.call(`/api/kiro/executions/${id}`)).json).traceparent;
  }

  const commands = { exec: ["exec", "test.echo", "x"], ask: ["ask", fakeSay("hello"), "--session", "trace"] };
  for (const [name, args] of Object.entries(commands)) {
    it(`of ${name} is that of the option, else a valid one of the environment`, async () => {
      const option = ["--traceparent", given];
      assert.equal(await traceOf([...args, ...option]), given);
      assert.equal(await traceOf(args, ofBuild), ofBuild);
      assert.equal(await traceOf([...args, ...option], ofBuild), given);
      assert.equal(await traceOf([...args, ...option], "canary"), given);
      assert.equal(await traceOf(args, "canary"), undefined);
      assert.equal(await traceOf(args), undefined);
    });

    it(`of ${name} is refused if the option is not valid, before anything runs`, async () => {
      const before = bridge.bridge.core.executions.all.size;
      for (const text of ["", "canary", `${given}\n`]) {
        const { code, stderr } = await bridge.run([...args, "--traceparent", text], { env: { TRACEPARENT: ofBuild } });
        assert.equal(code, 64);
        assert.match(stderr, /'--traceparent <value>' argument .*is invalid\. Expected one as 00-/s);
      }
      assert.equal(bridge.bridge.core.executions.all.size, before);
    });
  }
});
