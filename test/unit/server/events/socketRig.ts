import assert from "node:assert/strict";
import { SocketClient, type SocketClientOptions } from "../../../support/socketClient.ts";
import { startTestBridge, type TestBridge, type TestBridgeOptions } from "../../../support/testBridge.ts";

/** A bridge and the WebSocket clients of one test. */
export class SocketRig {
  readonly #clients: SocketClient[] = [];
  #bridge: TestBridge | undefined;

  get bridge(): TestBridge {
    return this.#bridge ?? assert.fail("start it first");
  }

  /** Takes the place of the bridge before. */
  async start(options: TestBridgeOptions = {}): Promise<void> {
    await this.#bridge?.dispose();
    this.#bridge = await startTestBridge(options);
  }

  async open(options?: SocketClientOptions): Promise<SocketClient> {
    const client = await SocketClient.open(this.bridge, options);
    this.#clients.push(client);
    return client;
  }

  async dispose(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    await this.#bridge?.dispose();
  }
}
