import type { NatsConnection } from "@nats-io/nats-core";
import { startDeadline } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import { RunOnce } from "../../base/runOnce.ts";
import { BridgeError } from "../../protocol/errors.ts";

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_MESSAGES = 50_000;
const MAX_WAIT_MS = 10_000;
/** Bytes after which the server is asked to confirm, and the time after which it is at the latest. */
const CONFIRM_BYTES = 256 * 1024;
const CONFIRM_MS = 100;
const BATCH_BYTES = 64 * 1024;
const MAX_BYTES_PER_CHARACTER = 3;
/** At least this is what a message takes in memory. */
const OVERHEAD_BYTES = 128;

export interface Outgoing {
  readonly subject: string;
  readonly data: string;
  readonly reply?: string | undefined;
}

export interface OutboxOptions {
  /** Bytes that may wait, and that the server may leave unconfirmed. */
  readonly maxBytes?: number | undefined;
  /** Time in milliseconds for which a publish waits for a slow server. */
  readonly maxWaitMs?: number | undefined;
}

/** A message that waits: for a connection, which its publisher does not wait for, or for a slow server. */
interface Waiting {
  readonly message: Outgoing;
  readonly bytes: number;
  readonly sent: (PromiseWithResolvers<void> & { readonly deadline: Disposable }) | undefined;
}

type WritableConnection = Pick<NatsConnection, "publish" | "flush" | "isClosed" | "info">;

interface Open {
  readonly connection: WritableConnection;
  /** Messages of this turn of the event loop after its first one, which are written at once. */
  batch: Outgoing[];
  batchBytes: number;
  turn: NodeJS.Immediate | undefined;
  /** Messages sent since the last confirmation. */
  messages: number;
  bytes: number;
  /** Of that, what no pending confirmation covers. */
  newMessages: number;
  newBytes: number;
}

/**
 * Sends messages in their order. Bounds what waits for a connection (rejects more) and what the server has not
 * confirmed (applies backpressure, then rejects).
 */
export class Outbox {
  readonly #maxBytes: number;
  readonly #maxWaitMs: number;
  readonly #waiting = new Set<Waiting>();
  #waitingBytes = 0;
  #open: Open | undefined;
  readonly #confirming = new RunOnce(() => this.#open && this.#confirm(this.#open), CONFIRM_MS);

  constructor({ maxBytes = MAX_BYTES, maxWaitMs = MAX_WAIT_MS }: OutboxOptions = {}) {
    this.#maxBytes = maxBytes;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Messages that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Sends at once if possible. The promise resolves when the message was sent to a server that was slow.
   * @throws BridgeError KIRO_UNAVAILABLE or PAYLOAD_TOO_LARGE
   */
  publish(message: Outgoing): Promise<void> | undefined {
    const open = this.#open;
    if (open === undefined) {
      this.#wait(message, undefined);
      return undefined;
    }
    if (this.#waiting.size === 0 && open.bytes < this.#maxBytes) {
      this.#send(open, message);
      return undefined;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const deadline = startDeadline(this.#maxWaitMs, () => {
      this.#leave(waiting);
      reject(new BridgeError("OPERATION_TIMEOUT", "The NATS server does not take any more messages."));
    });
    const waiting = this.#wait(message, { promise, resolve, reject, deadline });
    return promise;
  }

  /** Sends what has waited. */
  open(connection: WritableConnection): void {
    const nothing = { messages: 0, bytes: 0, newMessages: 0, newBytes: 0, batchBytes: 0 };
    this.#open = { connection, batch: [], turn: undefined, ...nothing };
    this.#sendWaiting(this.#open);
  }

  /** Has messages wait from now on. @returns how many the server has not confirmed, which may be lost */
  pause(): number {
    const { messages = 0, batch = [], turn } = this.#open ?? {};
    clearImmediate(turn);
    this.#open = undefined;
    this.#keepUnwritten(batch);
    this.#confirming.dispose();
    for (const { sent } of this.#waiting) settle(sent);
    return messages - batch.length;
  }

  /** Writes what is sent in one turn of the event loop now. */
  flush(): void {
    if (this.#open) writeBatch(this.#open);
  }

  /** Drops what waits. */
  close(): void {
    this.pause();
    for (const waiting of this.#waiting) this.#leave(waiting);
  }

  #wait(message: Outgoing, sent: Waiting["sent"]): Waiting {
    const bytes = sizeOf(message);
    if (this.#waitingBytes + bytes > this.#maxBytes || this.#waiting.size >= MAX_MESSAGES) {
      settle(sent);
      const buffered = this.#waiting.size;
      const text = `${buffered} messages wait for the NATS server already, which cannot be reached or is slow.`;
      throw new BridgeError("KIRO_UNAVAILABLE", text, { reason: "nats", buffered });
    }
    const waiting = { message, bytes, sent };
    this.#waiting.add(waiting);
    this.#waitingBytes += bytes;
    return waiting;
  }

  /** They were accepted before what waits. */
  #keepUnwritten(batch: readonly Outgoing[]): void {
    const later = [...this.#waiting];
    this.#waiting.clear();
    for (const message of batch) {
      const bytes = sizeOf(message);
      this.#waiting.add({ message, bytes, sent: undefined });
      this.#waitingBytes += bytes;
    }
    for (const waiting of later) this.#waiting.add(waiting);
  }

  #leave(waiting: Waiting): void {
    if (this.#waiting.delete(waiting)) this.#waitingBytes -= waiting.bytes;
  }

  #sendWaiting(open: Open): void {
    for (const waiting of this.#waiting) {
      if (this.#open !== open || open.bytes >= this.#maxBytes) return;
      this.#leave(waiting);
      try {
        this.#send(open, waiting.message);
        settle(waiting.sent);
      } catch (error) {
        void waiting.sent?.deadline.dispose();
        waiting.sent?.reject(error);
      }
    }
  }

  #send(open: Open, message: Outgoing): void {
    const isTooLarge = tooLarge(open.connection, message.data);
    if (isTooLarge !== undefined) throw isTooLarge;
    const bytes = sizeOf(message);
    if (open.turn === undefined) {
      write(open.connection, message);
      open.turn = setImmediate(endTurn, open);
    } else {
      open.batch.push(message);
      open.batchBytes += bytes;
      if (open.batchBytes >= BATCH_BYTES) writeBatch(open);
    }
    open.messages += 1;
    open.bytes += bytes;
    open.newMessages += 1;
    open.newBytes += bytes;
    if (open.newBytes >= Math.min(CONFIRM_BYTES, this.#maxBytes)) this.#confirm(open);
    else this.#confirming.schedule();
  }

  #confirm(open: Open): void {
    this.#confirming.dispose();
    const { newMessages, newBytes } = open;
    open.newMessages = 0;
    open.newBytes = 0;
    writeBatch(open);
    open.connection.flush().then(
      () => {
        open.messages -= newMessages;
        open.bytes -= newBytes;
        this.#sendWaiting(open);
      },
      // The connection was lost, which `pause` follows.
      () => undefined,
    );
  }
}

/** The first message of a turn is written at once, those after it together: a write takes longer than a message. */
function endTurn(open: Open): void {
  open.turn = open.batch.length > 0 ? setImmediate(endTurn, open) : undefined;
  writeBatch(open);
}

function writeBatch(open: Open): void {
  const { batch } = open;
  if (batch.length === 0) return;
  open.batch = [];
  open.batchBytes = 0;
  for (const message of batch) write(open.connection, message);
}

function write(connection: WritableConnection, { subject, data, reply }: Outgoing): void {
  if (!connection.isClosed()) connection.publish(subject, data, reply === undefined ? undefined : { reply });
}

/** Returns the error for data that the server does not accept; undefined if the size is not the reason. */
export function tooLarge({ info }: Pick<NatsConnection, "info">, data: string): BridgeError | undefined {
  const maxBytes = info?.max_payload;
  if (maxBytes === undefined || data.length * MAX_BYTES_PER_CHARACTER <= maxBytes) return undefined;
  if (Buffer.byteLength(data) <= maxBytes) return undefined;
  const text = `The NATS server accepts at most ${maxBytes} bytes per message ('max_payload'), with the envelope.`;
  return new BridgeError("PAYLOAD_TOO_LARGE", text, { maxBytes });
}

function settle(sent: Waiting["sent"]): void {
  void sent?.deadline.dispose();
  sent?.resolve();
}

function sizeOf({ subject, data }: Outgoing): number {
  return OVERHEAD_BYTES + subject.length + data.length;
}
