import { DisposableStore } from "../../../../src/base/disposables.ts";
import { KiroBridgeClient } from "../../../../src/client/client.ts";
import type { EventStream } from "../../../../src/client/events/eventStream.ts";
import type { ConnectOptions } from "../../../../src/client/socket/connectSocket.ts";
import type { KiroBridgeSocket } from "../../../../src/client/socket/kiroBridgeSocket.ts";
import type { BridgeEvent } from "../../../../src/client/wireTypes.ts";
import { type CuttingProxy, startCuttingProxy } from "../../../support/client/cuttingProxy.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge, type TestBridgeOptions } from "../../../support/testBridge.ts";

/** A bridge with sockets of the SDK, all of which are closed at the end. */
export class SocketRig {
  readonly store = new DisposableStore();
  bridge: TestBridge;

  private constructor(bridge: TestBridge) {
    this.bridge = bridge;
    this.store.defer(() => this.bridge.dispose());
  }

  static async start(options: TestBridgeOptions = {}): Promise<SocketRig> {
    return new SocketRig(await startTestBridge({ guards: { allowedHosts: ["127.0.0.1"] }, ...options }));
  }

  clientOf(url = `http://127.0.0.1:${this.bridge.port}`, token: string | undefined = TEST_TOKEN): KiroBridgeClient {
    const client = new KiroBridgeClient(url, { token });
    this.store.defer(() => client.close());
    return client;
  }

  async connect(options?: ConnectOptions, client = this.clientOf()): Promise<KiroBridgeSocket> {
    const socket = await client.connect(options);
    this.store.defer(() => socket.close());
    return socket;
  }

  /** A proxy in front of the bridge, which can cut its connections. */
  async cut(): Promise<CuttingProxy> {
    return this.store.add(await startCuttingProxy(this.bridge.port));
  }

  /** Restarts the bridge at the same address. */
  async restart(options: TestBridgeOptions): Promise<void> {
    const { port } = this.bridge;
    await this.bridge.dispose();
    this.bridge = await startTestBridge({ listen: { port }, ...options });
  }
}

/** Reads events up to one. */
export async function readUntil(events: EventStream, isLast: (event: BridgeEvent) => boolean): Promise<BridgeEvent[]> {
  const read: BridgeEvent[] = [];
  for await (const event of events) {
    read.push(event);
    if (isLast(event)) break;
  }
  return read;
}

export function startOf(arg: string): (event: BridgeEvent) => boolean {
  return (event) => event.type === "command-started" && event.args[0] === arg;
}

/** The arguments of the commands that have started. */
export function argsOf(events: readonly BridgeEvent[]): string[] {
  return events.flatMap((event) => (event.type === "command-started" ? event.args : []));
}
