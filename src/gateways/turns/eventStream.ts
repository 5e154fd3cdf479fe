import { commitNow } from "../../base/endOfTurn.ts";
import type { Answer } from "../../server/http/answers.ts";

/** Headers without which proxies would hold back or change events. */
export const UNBUFFERED = {
  "Cache-Control": "no-cache, no-transform",
  "X-Accel-Buffering": "no",
};

const HEADERS = { "Content-Type": "text/event-stream; charset=utf-8", ...UNBUFFERED };

/** A response of Server-Sent Events, written at the pace of its reader. */
export class EventStream {
  readonly #response: Answer;
  #drained: Promise<void> | undefined;

  /** Starts the response. Its other headers are set already. */
  constructor(response: Answer) {
    this.#response = response;
    response.writeHead(200, HEADERS);
    response.flushHeaders();
  }

  /** Resolves when the reader takes more. */
  async write(text: string): Promise<void> {
    await this.#drained;
    if (text === "" || this.#response.destroyed) return;
    commitNow();
    if (!this.#response.write(text)) this.#drained = drainOf(this.#response);
    await this.#drained;
  }

  /** Writes unless the reader is behind, and so sees anyway that the connection is alive. */
  writeIfReady(text: string): void {
    if (this.#response.writableNeedDrain || this.#response.destroyed || this.#response.writableEnded) return;
    this.#response.write(text);
  }

  /** Resolves with true when the reader has got everything, and with false if it has gone. */
  async end(): Promise<boolean> {
    return await sent(this.#response, () => this.#response.end());
  }
}

/** Calls `send`, and waits until the response has left. @returns false if its reader has gone before */
export async function sent(response: Answer, send: () => void): Promise<boolean> {
  if (response.destroyed) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  response.once("finish", () => resolve(true));
  response.once("close", () => resolve(response.writableFinished));
  commitNow();
  send();
  return await promise;
}

/** Resolves when a reader takes more, or has gone. */
export async function drainOf(response: Answer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const proceed = (): void => {
    response.off("drain", proceed);
    response.off("close", proceed);
    resolve();
  };
  response.on("drain", proceed);
  response.on("close", proceed);
  await promise;
}
