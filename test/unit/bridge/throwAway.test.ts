import assert from "node:assert/strict";
import * as z from "zod";
import { noEvent } from "../../../src/base/events.ts";
import type { BridgeModule } from "../../../src/bridge/bridgeModule.ts";
import { type CommandTarget, taskFieldsOf } from "../../../src/core/commands/target.ts";
import { addResource, guarded } from "../../../src/server/http/resource.ts";
import { sendJson } from "../../../src/server/http/answers.ts";
import { startTestBridge } from "../../support/testBridge.ts";

const dice: CommandTarget = {
  id: "dice",
  commands: [{ id: "dice.roll", title: "Roll", source: "dice" }],
  onDidChangeCommands: noEvent,
  isCancellable: false,
  defaultTimeoutMs: undefined,
  commandOf: ({ command }) => (command.startsWith("dice.") ? command : undefined),
  accepts: (request) => ({ kind: "command", ...taskFieldsOf(request) }),
  laneOf: () => ({ name: "table", concurrency: 1 }),
  status: () => ({ state: "ready" }),
  run: async () => ({ kind: "completed", output: "4" }),
};

describe("A module that is thrown away after this test", () => {
  let greeting = "";
  let rolls = 0;
  const module: BridgeModule = {
    targets: [dice],
    settings: {
      shape: { "dice.greeting": z.string().default("hello") },
      live: ["dice.greeting"],
      apply: (values) => (greeting = String(values["dice.greeting"])),
    },
    instruments: (meter) => meter.observe("counter", "dice_rolls_total", "Rolls of the dice.", () => ++rolls),
    statusParts: { dice: () => ({ sides: 6 }) },
    routes: (router) =>
      addResource(router, "/dice", { get: guarded("any", (_, response) => sendJson(response, 200, { greeting })) }),
    dispose: async () => void (greeting = "gone"),
  };

  it("adds a target, a route, a setting, an instrument and a status part, and touches no other file", async () => {
    let wanted: unknown;
    const bridge = await startTestBridge({
      modules: [module],
      settings: () => (key) => (key === "dice.greeting" ? wanted : undefined),
    });
    assert.deepEqual((await bridge.call("/dice")).json, { greeting: "hello" });
    wanted = "good day";
    bridge.applySettings();
    assert.deepEqual((await bridge.call("/dice")).json, { greeting: "good day" });
    const { output, executionId } = (await bridge.execute({ command: "dice.roll" })).json;
    const { target } = (await bridge.call(`/api/kiro/executions/${String(executionId)}`)).json;
    assert.deepEqual([output, target], ["4", "dice"]);
    assert.match((await bridge.call("/metrics")).text, /^dice_rolls_total 1$/m);
    assert.deepEqual((await bridge.call("/api/kiro/status")).json["dice"], { sides: 6 });
    await bridge.dispose();
    assert.equal(greeting, "gone");
  });
});
