import { once } from "node:events";
import { type JSONRPCMessage, ReadBuffer, serializeMessage } from "@modelcontextprotocol/client";

/** Maximum size of a message: what the bridge takes by default. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;
/** Maximum number of bytes that wait for the client to read them. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

/** The client's end: messages on stdin and stdout, one per line. */
export class ClientPipe {
  readonly #buffer = new ReadBuffer({ maxBufferSize: MAX_MESSAGE_BYTES });
  readonly #end = new AbortController();
  readonly #warn: (error: unknown) => void;

  constructor(onMessage: (message: JSONRPCMessage) => void, warn: (error: unknown) => void) {
    this.#warn = warn;
    process.stdin.on("data", (chunk: Buffer) => this.#take(chunk, onMessage));
    for (const event of ["end", "close", "error"]) process.stdin.on(event, () => this.#end.abort());
  }

  /** Resolves when the client has closed its end, does not read any more, or the signal aborts. */
  async ended(signal: AbortSignal): Promise<void> {
    const any = AbortSignal.any([signal, this.#end.signal]);
    if (!any.aborted) await once(any, "abort");
    process.stdin.pause();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const { stdout } = process;
    if (stdout.writableLength > MAX_UNREAD_BYTES) {
      this.#warn(new Error("The client does not read its messages."));
      this.#end.abort();
    } else if (!stdout.write(serializeMessage(message)))
      await once(stdout, "drain", { signal: this.#end.signal }).catch(() => undefined);
  }

  #take(chunk: Buffer, onMessage: (message: JSONRPCMessage) => void): void {
    try {
      this.#buffer.append(chunk);
    } catch (error) {
      this.#warn(error);
      this.#end.abort();
      return;
    }
    while (this.#takeOne(onMessage));
  }

  /** @returns false if there is no whole line left */
  #takeOne(onMessage: (message: JSONRPCMessage) => void): boolean {
    try {
      const message = this.#buffer.readMessage();
      if (message === null) return false;
      onMessage(message);
    } catch (error) {
      this.#warn(error);
    }
    return true;
  }
}
