import type { NatsTransport } from "../../../../src/plugins/nats/natsTransport.ts";
import type { DurableConsumer } from "../../../../src/plugins/bus/transport.ts";
import type { Random } from "../../../simulation/time/random.ts";
import { connectNats, freshPrefix } from "../../nats/natsBus.ts";
import type { NatsServer } from "../../nats/natsServer.ts";
import type { ChaosPlace } from "./chaos.ts";
import { ChaosBridge } from "./memoryChannels.ts";

interface Running {
  readonly transport: NatsTransport;
  readonly bridge: ChaosBridge;
}

/** Two bridges on one server, of which each has half of the plugins. */
export class NatsPlace implements ChaosPlace {
  readonly #server: NatsServer;
  readonly #prefix: string;
  readonly #running: [Running, Running];
  #ending: Promise<void> = Promise.resolve();

  private constructor(server: NatsServer, prefix: string, running: [Running, Running]) {
    this.#server = server;
    this.#prefix = prefix;
    this.#running = running;
  }

  static async create(server: NatsServer): Promise<NatsPlace> {
    const prefix = freshPrefix();
    return new NatsPlace(server, prefix, [await startBridge(server, prefix), await startBridge(server, prefix)]);
  }

  bridgeOf(plugin: number): ChaosBridge {
    return this.#running[plugin % 2 === 0 ? 0 : 1].bridge;
  }

  async declare(consumers: readonly DurableConsumer[]): Promise<void> {
    for (const { transport } of this.#running)
      for (const consumer of consumers) await transport.durable.declareConsumer(consumer);
  }

  async fault(random: Random): Promise<void> {
    if (random.chance(0.2)) return await this.#server.restart();
    if (random.chance(0.2)) {
      await this.#server.kill();
      return await this.#server.start();
    }
    const index = random.int(0, 1) === 0 ? 0 : 1;
    const { bridge } = this.#running[index];
    bridge.die();
    this.#running[index] = await startBridge(this.#server, this.#prefix);
    this.#ending = Promise.all([this.#ending, bridge.dispose()]).then(() => undefined);
  }

  async dispose(): Promise<void> {
    for (const { bridge } of this.#running) await bridge.dispose();
    await this.#ending;
  }
}

async function startBridge(server: NatsServer, prefix: string): Promise<Running> {
  const transport = await connectNats(server, { prefix });
  return { transport, bridge: new ChaosBridge(transport) };
}
