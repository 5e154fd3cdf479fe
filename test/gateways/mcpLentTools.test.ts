import assert from "node:assert/strict";
import { noEvent } from "../../src/base/events.ts";
import { ownerProgram } from "../../src/core/access/principal.ts";
import type { LentServer } from "../../src/gateways/turns/lending.ts";
import { fakeCalls } from "../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";
import { until } from "../support/until.ts";

const tools = [{ name: "read_file", description: "Reads a file.", parameters: { type: "object" } }];

describe("The tools of a client, lent to a real agent", () => {
  let gateway: GatewayBridge;
  let lent: LentServer;
  let calls: { readonly args: object; readonly signal: AbortSignal; readonly answer: (text: string) => void }[];

  beforeEach(async () => {
    gateway = await startGatewayBridge();
    calls = [];
    lent = await gateway.bridge.core.gateways.lentServers.open({
      tools,
      call: (_name, args, signal) => {
        const { promise, resolve } = Promise.withResolvers<string>();
        calls.push({ args, signal, answer: resolve });
        return promise.then((text) => ({ content: [{ type: "text", text }], isError: false }));
      },
    });
  });

  afterEach(async () => {
    await lent.dispose();
    await gateway.dispose();
  });

  const prompt = (text: string) =>
    gateway.bridge.core.dispatcher.submit(
      {
        command: "kiro.cli.chat",
        args: [text],
        session: "lent",
        turn: {
          content: [{ type: "text", text }],
          tools: {
            serverName: "client",
            url: lent.url,
            headers: lent.headers,
            toolNames: ["read_file"],
            onDidPark: noEvent,
          },
        },
      },
      ownerProgram,
    );

  it("are called over HTTP, several at once, and their results go back into the turn", async () => {
    const args = ["a.txt", "b.txt"].map((path) => ({ path }));
    const execution = await prompt(fakeCalls([args.map((one) => ({ tool: "read_file", args: one }))]));
    await until(() => calls.length === 2);
    assert.deepEqual(
      calls.map((call) => call.args),
      args,
    );
    for (const [at, { answer }] of calls.entries()) answer(`content ${at}`);
    await execution.settled;
    assert.equal(execution.status, "completed");
    for (const at of calls.keys()) assert.match(execution.output.text, new RegExp(`content ${at}`));
  });

  it("are cancelled with the turn", async () => {
    const execution = await prompt(fakeCalls([[{ tool: "read_file", args: {} }]]));
    await until(() => calls.length === 1);
    await gateway.bridge.core.dispatcher.cancel(execution.id);
    await execution.settled;
    await until(() => calls[0]?.signal.aborted === true);
    assert.equal(execution.status, "cancelled");
  });
});
