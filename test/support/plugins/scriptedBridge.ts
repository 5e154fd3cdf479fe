import type {
  BusOperation,
  BusOperationName,
  ReadyFrame,
  SessionFrame,
} from "../../../src/plugins/bus/remote/frames.ts";
import type { ChannelListener, OpenChannel } from "../../../src/plugins/bus/remote/textChannel.ts";
import type { BridgeError } from "../../../src/protocol/errors.ts";
import { unavailable } from "../../../src/protocol/unavailable.ts";

/** Plays the bridge for a remote participant, frame by frame. */
export class ScriptedBridge {
  readonly queries: URLSearchParams[] = [];
  readonly received: BusOperation[] = [];
  isClosed = false;
  #listener: ChannelListener | undefined;
  #number = 0;

  readonly open: OpenChannel = (query, listener) => {
    this.queries.push(new URLSearchParams(query));
    this.#listener = listener;
    return {
      send: (text) => this.received.push(JSON.parse(text)),
      close: () => {
        this.isClosed = true;
      },
    };
  };

  ready(more: Partial<ReadyFrame> = {}): void {
    if (more.resumed !== true) this.#number = 0;
    const frame = { session: "s1", name: "a", resumed: false, lastOp: 0, missed: 0, keptMs: 30_000, ...more };
    this.raw({ type: "ready", maxPayloadBytes: 1024 * 1024, ...frame });
  }

  push(frame: SessionFrame): void {
    this.raw({ number: ++this.#number, ...frame });
  }

  /** Sends a frame without a further number. */
  raw(frame: object): void {
    this.#listener?.onMessage(JSON.stringify(frame));
  }

  break(error: BridgeError = unavailable("bridge-stopping", "broken")): void {
    this.#listener?.onClose(error);
  }

  ops<Name extends BusOperationName>(op: Name): Extract<BusOperation, { op: Name }>[] {
    const isWanted = (each: BusOperation): each is Extract<BusOperation, { op: Name }> => each.op === op;
    return this.received.filter(isWanted);
  }
}
