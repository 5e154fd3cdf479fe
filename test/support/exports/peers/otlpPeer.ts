import mock from "@elastic/mockotlpserver";
import { Emitter } from "../../../../src/base/events.ts";
import { until } from "../../until.ts";

/** A message as the server has decoded it; IDs are bytes if it came as protobuf. */
export type OtlpMessage = Readonly<Record<string, unknown>>;

interface OtlpCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A collector on loopback (@elastic/mockotlpserver) for the three signals, as protobuf or JSON. It checks no key, and a body
 * with gzip ends its process: turn the compression off.
 *
 * One at a time in each process: the server tells what it got through channels of the process.
 */
export class OtlpPeer implements AsyncDisposable {
  readonly traces: OtlpMessage[] = [];
  readonly metrics: OtlpMessage[] = [];
  readonly logs: OtlpMessage[] = [];
  readonly calls: OtlpCall[] = [];
  readonly #didReceive = new Emitter<void>();
  readonly onDidReceive = this.#didReceive.event;
  readonly #server: InstanceType<typeof mock.MockOtlpServer>;

  private constructor() {
    const keep =
      <Item>(items: Item[]) =>
      (item: Item) => {
        items.push(item);
        this.#didReceive.fire();
      };
    this.#server = new mock.MockOtlpServer({
      services: ["http"],
      httpHostname: "127.0.0.1",
      httpPort: 0,
      logLevel: "fatal",
      onTrace: keep(this.traces),
      onMetrics: keep(this.metrics),
      onLogs: keep(this.logs),
      onRequest: keep(this.calls),
    });
  }

  static async start(): Promise<OtlpPeer> {
    const peer = new OtlpPeer();
    await peer.#server.start();
    return peer;
  }

  /** Signals are below it, at `v1/traces` and so on. */
  get endpoint(): URL {
    return this.#server.httpUrl;
  }

  /** Waits until as many messages have come. */
  async received(signal: "traces" | "metrics" | "logs", count = 1): Promise<readonly OtlpMessage[]> {
    await until(() => this[signal].length >= count, `${count} of ${signal}`);
    return this[signal];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.close();
  }
}
