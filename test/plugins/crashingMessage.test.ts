import assert from "node:assert/strict";
import { join } from "node:path";
import type { BusTransport } from "../../src/plugins/bus/transport.ts";
import { describeNats } from "../support/nats/describeNats.ts";
import { freshPrefix } from "../support/nats/natsBus.ts";
import { NatsServer } from "../support/nats/natsServer.ts";
import { installSdk } from "../support/plugins/examplePlugin.ts";
import { PluginBridge, writePlugin } from "../support/plugins/pluginBridge.ts";
import { removeFolder, temporaryFolder } from "../support/temporaryFolder.ts";
import { until } from "../support/until.ts";

const manifest = {
  name: "worker",
  communication: {
    messagebus: { subscriptions: [{ topic: "jobs.*", durable: true, maxDeliver: 2, backoffMs: [10] }] },
  },
};

/** Ends at once at some messages, and acknowledges them in no way. */
const program = `import { writeSync } from "node:fs";
import { getMessageBus } from "kiro-bridge/plugin";
const bus = getMessageBus("worker");
bus.subscribe("jobs/*", ({ payload, metadata }) => {
  writeSync(1, \`job \${payload.job} delivery \${metadata.deliveryCount}\\n\`);
  if (payload.kills) process.kill(process.pid, "SIGKILL");
});
await bus.publish({ topic: "plugin/worker/status", payload: "online" });
console.log("online");
`;

/** @param settingsOf the settings of a bridge whose bus is of that kind */
function testCrashes(kind: BusTransport["kind"], settingsOf: () => Readonly<Record<string, unknown>>): void {
  let discovery: string;
  let bridge: PluginBridge;

  beforeEach(async () => {
    discovery = await temporaryFolder();
    await installSdk(discovery);
    await writePlugin(join(discovery, "plugins", "worker"), manifest, program);
    bridge = await PluginBridge.start({ discovery, windowId: "window-1", settings: settingsOf() });
  });

  afterEach(async () => {
    await bridge.dispose();
    await removeFolder(discovery);
  });

  it("is counted when it is delivered again, and is a dead letter after the last delivery", async () => {
    const { bus, participant } = await bridge.bridge.core.pluginBus.load();
    const { transport } = await bus.whenHere();
    assert.equal(transport.kind, kind);
    await bridge.reaches("worker", "running");
    const isOnline = (): boolean => bridge.plugins.host.output("worker").includes("online");
    await until(isOnline, "its subscription");
    const jobs = ["first", "poison", "last"].map((job) => ({ job, kills: job === "poison" }));
    for (const payload of jobs) await participant.publish({ topic: "jobs/new", payload });
    const seen = (): readonly string[] => bridge.plugins.host.output("worker").filter((line) => line.startsWith("job"));
    await until(() => seen().some((line) => line.startsWith("job last")), "the message after it");
    assert.deepEqual(seen(), [
      "job first delivery 1",
      "job poison delivery 1",
      "job poison delivery 2",
      "job last delivery 1",
    ]);
    const letters = await transport.durable?.deadLetters.list(10);
    assert.deepEqual(
      letters?.map(({ message, consumer, deliveries }) => [message.payload.job, consumer.name, deliveries]),
      [["poison", "worker", 2]],
    );
  });
}

describe("A durable message that kills the process of its plugin", () => testCrashes("embedded", () => ({})));

describeNats("A durable message that kills the process of its plugin, on a NATS server", () => {
  let server: NatsServer;
  before(async () => {
    server = await NatsServer.start();
  });
  after(() => server[Symbol.asyncDispose]());
  testCrashes("nats", () => ({ "bus.servers": [server.address], "bus.prefix": freshPrefix() }));
});
