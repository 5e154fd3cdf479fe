import { WebSocket } from "ws";
import * as z from "zod";
import type { BusRequest } from "../../../src/protocol/bus/busSocket.ts";
import { messageProblem } from "../checks/seenMessages.ts";
import { withDeadline } from "../editor/deadline.ts";
import { TEST_TOKEN, type TestBridge } from "../testBridge.ts";

const DEADLINE_MS = 60_000;
/** How many frames of a connection are checked against docs/asyncapi.json. */
const MAX_CHECKED = 300;

const frameSchema = z.record(z.string(), z.unknown());
export type Frame = Record<string, unknown>;

export interface BusClientOptions {
  /** Default: the owner's. */
  readonly token?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: string[];
}

type WithoutId<T> = T extends unknown ? Omit<T, "id" | "received"> : never;

/** A WebSocket client of the bus that remembers all frames. */
export class BusClient {
  readonly webSocket: WebSocket;
  readonly frames: Frame[] = [];
  /** Resolves with code and reason when the connection is over; or with the refusal's status and code. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #watchers = new Set<() => void>();
  #lastId: number;

  constructor(
    port: number,
    { token = TEST_TOKEN, query = {}, headers, protocols = [] }: BusClientOptions = {},
    lastId = 0,
  ) {
    this.#lastId = lastId;
    this.webSocket = new WebSocket(`ws://127.0.0.1:${port}/bus?${String(new URLSearchParams(query))}`, protocols, {
      headers: headers ?? { Authorization: `Bearer ${token}` },
    });
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>();
    this.closed = promise;
    this.webSocket.on("error", () => undefined);
    this.webSocket.on("unexpected-response", (_request, response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { code } = frameSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
        resolve({ code: response.statusCode ?? 0, reason: String(code) });
      });
    });
    this.webSocket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    this.webSocket.on("message", (data) => {
      const frame = frameSchema.parse(JSON.parse(Buffer.isBuffer(data) ? data.toString() : ""));
      if (this.frames.push(frame) <= MAX_CHECKED) assertDocumented(frame);
      for (const watcher of this.#watchers) watcher();
    });
  }

  /** Connects, and waits for `ready`. */
  static async open(bridge: Pick<TestBridge, "port">, options: BusClientOptions = {}, lastId = 0): Promise<BusClient> {
    const client = new BusClient(bridge.port, options, lastId);
    const refused = client.closed.then(({ code, reason }) => {
      throw new Error(`refused: ${code} ${reason}`);
    });
    await Promise.race([client.waitForType("ready"), refused]);
    refused.catch(() => undefined);
    return client;
  }

  get ready(): Frame {
    return this.frames[0] ?? {};
  }

  get lastId(): number {
    return this.#lastId;
  }

  /** The number of the latest frame. */
  get received(): number {
    return Math.max(0, ...this.frames.map(({ number = 0 }) => Number(number)));
  }

  /** The delivered messages, past ones. */
  get messages(): Frame[] {
    return this.frames.filter(({ type }) => type === "message").map(({ message }) => frameSchema.parse(message));
  }

  /** The first frame, past or to come, which `accepts` takes. */
  waitFor(accepts: (frame: Frame) => boolean): Promise<Frame> {
    const { promise, resolve } = Promise.withResolvers<Frame>();
    const look = (): void => {
      const found = this.frames.find(accepts);
      if (found !== undefined) resolve(found);
    };
    this.#watchers.add(look);
    look();
    return withDeadline(promise, DEADLINE_MS, "a frame").finally(() => this.#watchers.delete(look));
  }

  waitForType(type: string): Promise<Frame> {
    return this.waitFor((frame) => frame["type"] === type);
  }

  /** Sends an operation. @returns its ID */
  tell(operation: WithoutId<BusRequest>): number {
    const id = ++this.#lastId;
    this.webSocket.send(JSON.stringify({ id, ...operation }));
    return id;
  }

  /** Sends an operation and returns its reply. */
  async ask(operation: WithoutId<BusRequest>): Promise<Frame> {
    const id = this.tell(operation);
    return await this.waitFor((frame) => frame["id"] === id);
  }

  /** Sends an operation that must succeed. */
  async do(operation: WithoutId<BusRequest>): Promise<unknown> {
    const { result, error } = await this.ask(operation);
    if (error !== undefined) throw new Error(JSON.stringify(error));
    return result;
  }

  /** Sends an operation that must fail. @returns the code of the error */
  async codeOf(operation: WithoutId<BusRequest>): Promise<unknown> {
    return frameSchema.parse((await this.ask(operation))["error"])["code"];
  }

  /** Breaks the connection, so that the session stays. */
  break(): void {
    this.webSocket.terminate();
  }

  /** Ends the session. */
  async close(): Promise<void> {
    this.webSocket.close(1000);
    await this.closed;
  }
}

/** Fails the running test for a frame that docs/asyncapi.json does not have. */
function assertDocumented(frame: Frame): void {
  const problem = messageProblem("/bus", frame);
  if (problem !== undefined) throw new Error(problem);
}
