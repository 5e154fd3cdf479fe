import { once } from "node:events";
import { type RawData, WebSocket } from "ws";
import type { BenchTarget } from "./benchTargets.ts";

export const executeText = (id: number | string): string =>
  JSON.stringify({ id, method: "execute", params: { request: { command: "kiroBridgeBench.echo", args: ["hello"] } } });

/** A connection on which each message is answered by one, in order. */
export class Line {
  readonly #socket: WebSocket;
  readonly #waiting: (() => void)[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const text = textOf(data);
      if (text.includes('"error":{')) throw new Error(`The bridge answered: ${text}`);
      this.#waiting.shift()?.();
    });
  }

  /** To the bare echo, or to the bridge: without events unless all are wanted. */
  static async open({ url, token }: BenchTarget, path: string, events: "none" | "all" = "none"): Promise<Line> {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const isBridge = path === "/ws";
    const address = new URL(path, url.replace("http", "ws"));
    const socket = new WebSocket(address, { headers, perMessageDeflate: false });
    await once(socket, isBridge ? "message" : "open");
    const line = new Line(socket);
    if (isBridge && events === "none")
      await line.ask(JSON.stringify({ id: "none", method: "subscribe", params: { types: [] } }));
    return line;
  }

  ask(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#socket.send(text);
    return promise;
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** Sends `count` requests over one connection, `inFlight` at a time. @returns the time of each, in ms, and the rate in requests a second. */
export async function loadLine(
  line: Line,
  count: number,
  inFlight: number,
): Promise<{ times: number[]; rate: number }> {
  const times: number[] = [];
  const start = performance.now();
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const sentAt = performance.now();
      await line.ask(executeText(left));
      times.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return { times, rate: count / ((performance.now() - start) / 1000) };
}

export function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : "";
}
