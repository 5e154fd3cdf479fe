import assert from "node:assert/strict";
import { KiroBridgeClient } from "../../../src/client/client.ts";
import { FakeAgent } from "../../support/fakePorts.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;

describe("The option traceparent of the SDK", () => {
  let bridge: TestBridge;
  let client: KiroBridgeClient;
  beforeEach(async () => {
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      context.output("done");
      return { kind: "completed" };
    };
    bridge = await startTestBridge({ agent, guards: { allowedHosts: ["127.0.0.1"] } });
    client = new KiroBridgeClient(bridge.server.url, { token: TEST_TOKEN });
  });
  afterEach(async () => {
    await client.close();
    await bridge.dispose();
  });

  /** Each way in which the SDK runs something. */
  const ways: Readonly<Record<string, (trace?: string) => Promise<{ readonly executionId: string }>>> = {
    executeCommand: (trace) => client.executeCommand("test.echo", ["x"], { traceparent: trace }),
    "executeCommand with respondAsync": (trace) =>
      client.executeCommand({ command: "test.echo" }, { respondAsync: true, traceparent: trace }),
    chat: async (trace) => await client.chat("Hello", { traceparent: trace }),
    "execute over a socket": async (trace) => {
      await using socket = await client.connect();
      return await socket.execute({ command: "test.echo" }, { traceparent: trace });
    },
  };

  for (const [name, run] of Object.entries(ways)) {
    it(`is in the execution of ${name}, unless it is not valid`, async () => {
      const traceOf = async (text?: string) => (await client.executions.get((await run(text)).executionId)).traceparent;
      assert.equal(await traceOf(traceparent), traceparent);
      assert.equal(await traceOf(`cc-${TRACE}-00f067aa0ba902b7-01-later`), traceparent);
      for (const text of [
        undefined,
        "",
        "canary",
        `${traceparent}\r\nX-Other: 1`,
        `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
      ])
        assert.equal(await traceOf(text), undefined, text);
    });
  }
});
