import { Emitter } from "../../../../src/base/events.ts";
import type { Transport } from "../../../../src/client/socket/transport.ts";

/** A transport whose other end the test holds; messages are copied, as between a page and its host. */
export class TestTransport implements Transport {
  readonly sent: unknown[] = [];
  readonly received = new Emitter<unknown>();
  readonly onDidReceive = this.received.event;
  /** Where messages go; the test may answer there. */
  host: (message: unknown) => void = () => undefined;

  post(message: unknown): void {
    this.sent.push(message);
    this.host(structuredClone(message));
  }

  deliver(message: unknown): void {
    this.received.fire(structuredClone(message));
  }
}
