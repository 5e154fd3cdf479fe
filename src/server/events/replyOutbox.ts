import { LARGE } from "../../base/ownTurn.ts";
import type { Answerable } from "../../core/commands/submission.ts";
import type { ChannelReply } from "../../channel/channel.ts";
import { LateAnswer } from "../limits/lateAnswer.ts";
import { MAX_WAITING_BYTES } from "../limits/slowReaders.ts";
import { SMALL_ANSWER, type UnsentAnswers } from "../limits/unsentAnswers.ts";
import { ExecutionResult, TextResult } from "./socketChannel.ts";
import { textFrame } from "./textFrame.ts";
import { responseOf } from "../http/executeResponse.ts";

export interface ReplyOutboxDeps {
  /** Sends a frame, or drops it if the connection is closed. Calls back when it was sent or dropped. */
  readonly write: (frame: Buffer, onSent?: () => void) => void;
  /** Number of bytes sent but not read by the client. */
  readonly waitingBytes: () => number;
  /** Calls back once when nothing is pending. */
  readonly onceDrained: (listener: () => void) => void;
  readonly unsent: UnsentAnswers;
}

/** Number of held replies above which no further requests are started. */
const MAX_HELD = 100;

interface Held {
  readonly id: ChannelReply["id"];
  readonly late: LateAnswer;
  readonly onSent: () => void;
}

/**
 * Sends the replies of one connection. Applies backpressure: while more than 1 MiB is unread there, or too much on all
 * connections, replies about executions are held. A held reply takes a few bytes, because its text is created when it
 * is sent.
 */
export class ReplyOutbox {
  readonly #deps: ReplyOutboxDeps;
  readonly #held: Held[] = [];
  /** True if a callback will send the first held reply. */
  #isArranged = false;
  #onReady: (() => void) | undefined;

  constructor(deps: ReplyOutboxDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves when further requests may be started, or returns undefined if they may be now. Supports one caller at a
   * time.
   */
  whenReady(): Promise<void> | undefined {
    if (this.#isReady) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onReady = resolve;
    if (!this.#isRead) this.#deps.onceDrained(() => this.#tellReady());
    return promise;
  }

  /** @returns undefined if the reply was sent, else a promise that resolves when it was sent or dropped */
  send(reply: ChannelReply): Promise<void> | undefined {
    if ("result" in reply && reply.result instanceof TextResult) {
      this.#sendFrame(textFrame(`{"id":${JSON.stringify(reply.id)},"result":${reply.result.text}}`));
      return undefined;
    }
    if (!("result" in reply && reply.result instanceof ExecutionResult)) {
      this.#deps.write(textFrame(JSON.stringify(reply)));
      return undefined;
    }
    const { id } = reply;
    const { execution } = reply.result;
    const { weight } = execution;
    if (this.#isRead && (weight <= SMALL_ANSWER || (weight <= LARGE && this.#deps.unsent.hasRoom))) {
      this.#tell(id, execution);
      return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.push({ id, late: new LateAnswer(execution), onSent: resolve });
    this.#sendHeld();
    return promise;
  }

  /** Drops all replies, because the connection is closed. */
  clear(): void {
    for (const { onSent } of this.#held.splice(0)) onSent();
    this.#onReady?.();
  }

  get #isRead(): boolean {
    return this.#deps.waitingBytes() <= MAX_WAITING_BYTES;
  }

  get #isReady(): boolean {
    return this.#isRead && this.#held.length < MAX_HELD;
  }

  #tellReady(): void {
    if (this.#onReady === undefined) return;
    if (!this.#isRead) this.#deps.onceDrained(() => this.#tellReady());
    else if (this.#isReady) {
      this.#onReady();
      this.#onReady = undefined;
    }
  }

  #sendHeld(): void {
    if (this.#isArranged || this.#held.length === 0) return;
    this.#isArranged = true;
    if (!this.#isRead) {
      this.#deps.onceDrained(() => this.#goOn());
      return;
    }
    this.#held[0]?.late.whenRoom(this.#deps.unsent, (execution) => {
      const first = this.#held.shift();
      if (first !== undefined) {
        this.#tell(first.id, execution);
        first.onSent();
      }
      this.#goOn();
    });
  }

  #goOn(): void {
    this.#isArranged = false;
    this.#tellReady();
    this.#sendHeld();
  }

  #tell(id: ChannelReply["id"], execution: Answerable): void {
    this.#sendFrame(textFrame(JSON.stringify({ id, result: responseOf(execution) })));
  }

  #sendFrame(frame: Buffer): void {
    if (frame.length <= SMALL_ANSWER) this.#deps.write(frame);
    else this.#deps.write(frame, this.#deps.unsent.hold(frame.length));
  }
}
