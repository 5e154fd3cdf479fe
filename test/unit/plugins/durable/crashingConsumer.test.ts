import assert from "node:assert/strict";
import { ScopeSet } from "../../../../src/core/access/scopes.ts";
import { EmbeddedTransport } from "../../../../src/plugins/bus/embedded/embeddedTransport.ts";
import type { Message } from "../../../../src/plugins/bus/message.ts";
import { RemoteParticipant } from "../../../../src/plugins/bus/remote/remoteParticipant.ts";
import { ChaosBridge, type MemoryChannel } from "../../../support/plugins/chaos/memoryChannels.ts";
import { packetOf } from "../../../support/plugins/durableMessages.ts";
import { DurableLogs } from "../../../support/plugins/durableLogs.ts";
import { until } from "../../../support/until.ts";

const pattern = "plugin/publisher/**";
const durable = { maxDeliver: 3, backoffMs: [1] };

/** A plugin whose process ends at one message, and is started again. */
class CrashingPlugin {
  readonly received: unknown[] = [];
  readonly #bridge: ChaosBridge;
  #processes = 0;
  #participant: RemoteParticipant | undefined;
  #channel: MemoryChannel | undefined;

  constructor(bridge: ChaosBridge) {
    this.#bridge = bridge;
    this.start();
  }

  start(): void {
    const id = `worker-${++this.#processes}`;
    const scopes = new ScopeSet([`bus:subscribe:${pattern}`]);
    const principal = { id, name: "worker", kind: "plugin", scopes, limits: {}, isActive: true } as const;
    const open = (...[query, listener]: Parameters<ConstructorParameters<typeof RemoteParticipant>[0]["open"]>) => {
      this.#channel = this.#bridge.connect(principal, query, listener);
      return this.#channel;
    };
    this.#participant = new RemoteParticipant({ open }, { name: "worker" });
    this.#participant.subscribe(pattern, ({ message }) => this.#take(message), { durable });
  }

  end(): void {
    this.#channel?.cut();
    void this.#participant?.dispose();
  }

  #take({ payload }: Message): Promise<void> | undefined {
    this.received.push(payload);
    if (payload !== "poison") return undefined;
    this.end();
    setImmediate(() => this.start());
    return new Promise(() => undefined);
  }
}

describe("A plugin that each delivery of a durable message ends", () => {
  let logs: DurableLogs;
  beforeEach(async () => {
    logs = await DurableLogs.create();
  });
  afterEach(() => logs.dispose());

  it("gets the next message after the last of these deliveries", async () => {
    const log = logs.open();
    const bridge = new ChaosBridge(new EmbeddedTransport(log));
    await log.declareConsumer({ name: "worker", pattern, ...durable });
    for (const payload of ["first", "poison", "last"]) await log.append(packetOf({ payload }));
    const plugin = new CrashingPlugin(bridge);
    await until(() => plugin.received.includes("last"));
    assert.deepEqual(plugin.received, ["first", "poison", "poison", "poison", "last"]);
    const [letter] = await log.deadLetters.list(1);
    assert.deepEqual([letter?.message.payload, letter?.deliveries], ["poison", 3]);
    plugin.end();
    await bridge.dispose();
  });
});
