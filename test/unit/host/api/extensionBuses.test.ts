import assert from "node:assert/strict";
import { Emitter } from "../../../../src/base/events.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { ExtensionBuses, type ExtensionBusesDeps } from "../../../../src/host/api/extensionBuses.ts";
import type { MessageBroker } from "../../../../src/plugins/bus/broker/messageBroker.ts";
import { embeddedBroker } from "../../../support/plugins/busUnderTest.ts";
import { until } from "../../../support/until.ts";

type Bridge = NonNullable<ExtensionBusesDeps["toggle"]["bridge"]>;

describe("The message bus of another extension", () => {
  let broker: MessageBroker | undefined;
  const changed = new Emitter<void>();
  let bridge: Bridge | undefined;
  let buses: ExtensionBuses;

  const attach = (name: string) => {
    if (broker === undefined) throw new Error("the bridge is off");
    return broker.attach({ name, principalId: name, mayPublish: () => true, maySubscribe: () => true });
  };

  function switchOn(): void {
    broker = embeddedBroker();
    bridge = {
      pluginBus: { load: async () => ({ bus: { attach } }) },
      pluginHosting: {
        opened: Promise.resolve({
          directory: { plugins: () => [{ name: "a", version: "1.0.0", state: "running", windowId: "1" }] },
        }),
      },
    };
    changed.fire();
  }

  async function switchOff(): Promise<void> {
    await broker?.dispose();
    broker = bridge = undefined;
    changed.fire();
  }

  beforeEach(() => {
    buses = new ExtensionBuses({
      toggle: {
        get bridge() {
          return bridge;
        },
        onDidChangeState: changed.event,
      },
      logger: silentLogger,
    });
  });

  afterEach(async () => {
    await buses.dispose();
    await switchOff();
  });

  it("waits for a bridge that is not on yet, and follows it over restarts", async () => {
    const bus = buses.open("extension");
    const seen: unknown[] = [];
    bus.subscribe("a/*", ({ source, payload }) => void seen.push([source, payload]));
    const early = bus.publish({ topic: "a/b", payload: 1 });
    switchOn();
    await early;
    await until(() => seen.length === 1, "the early message");
    await switchOff();
    switchOn();
    await bus.publish({ topic: "a/b", payload: 2 });
    await until(() => seen.length === 2, "the message after the restart");
    assert.deepEqual(seen, [
      ["extension", 1],
      ["extension", 2],
    ]);
  });

  it("answers requests, with progress, until it is disposed", async () => {
    switchOn();
    const [server, client] = [buses.open("server"), buses.open("client")];
    server.subscribe("work", async ({ correlationId = "" }) => {
      await server.progress(correlationId, "half");
      await server.respond(correlationId, "done");
    });
    const steps: unknown[] = [];
    const request = () => client.request({ topic: "work" }, { onProgress: (step) => steps.push(step) });
    await until(async () => (await request().catch(() => undefined)) === "done", "a response");
    assert.ok(steps.includes("half"));
    await server.dispose();
    await assert.rejects(request(), { code: "NOT_FOUND" });
  });

  it("has a name that a plugin can have", () => {
    for (const name of ["kiro-bridge", "system", "A b", "", undefined])
      assert.throws(() => buses.open(name), { code: "VALIDATION_FAILED" });
  });

  it("comes with the plugins of all windows, and none while the bridge is off", async () => {
    assert.deepEqual(await buses.plugins(), []);
    switchOn();
    assert.deepEqual(await buses.plugins(), [{ name: "a", version: "1.0.0", state: "running", windowId: "1" }]);
  });
});
