import { WebSocket } from "ws";
import * as z from "zod";
import type { SocketMethod } from "../../src/protocol/socket.ts";
import { messageProblem } from "./checks/seenMessages.ts";
import { withDeadline } from "./editor/deadline.ts";
import { TEST_TOKEN, type TestBridge } from "./testBridge.ts";

const DEADLINE_MS = 60_000;

/** How many messages of a connection are checked against docs/asyncapi.json. */
const MAX_CHECKED = 500;

const messageSchema = z.record(z.string(), z.unknown());
export type SocketMessage = Record<string, unknown>;

export interface SocketClientOptions {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  /** Default: the owner's. */
  readonly token?: string;
  readonly protocols?: string[];
}

/** A WebSocket client that remembers everything it got. */
export class SocketClient {
  readonly webSocket: WebSocket;
  readonly messages: SocketMessage[] = [];
  /** Resolves with code and reason when the connection is over; or with the refusal's status and body. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #watchers = new Set<() => void>();
  #counter = 0;

  constructor(port: number, options: SocketClientOptions = {}) {
    const { path = "/ws", headers, protocols = ["kiro-bridge"], token = TEST_TOKEN } = options;
    this.webSocket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, {
      headers: headers ?? { Authorization: `Bearer ${token}` },
    });
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>();
    this.closed = promise;
    this.webSocket.on("error", () => undefined);
    this.webSocket.on("unexpected-response", (_request, response) => {
      resolve({ code: response.statusCode ?? 0, reason: "" });
      response.destroy();
    });
    this.webSocket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    this.webSocket.on("message", (data) => {
      const message = messageSchema.parse(JSON.parse(Buffer.isBuffer(data) ? data.toString() : ""));
      if (this.messages.push(message) <= MAX_CHECKED) assertDocumented(path, message);
      for (const watcher of this.#watchers) watcher();
    });
  }

  /** Connects, and waits for `connection-ready`. */
  static async open(bridge: Pick<TestBridge, "port">, options: SocketClientOptions = {}): Promise<SocketClient> {
    const client = new SocketClient(bridge.port, options);
    const refused = client.closed.then(({ code }) => {
      throw new Error(`refused: ${code}`);
    });
    await Promise.race([client.waitForType("connection-ready"), refused]);
    refused.catch(() => undefined);
    return client;
  }

  get events(): SocketMessage[] {
    return this.messages.filter((message) => message["eventId"] !== undefined);
  }

  /** The first message, past or to come, which `accepts` takes. */
  waitFor(accepts: (message: SocketMessage) => boolean, deadlineMs = DEADLINE_MS): Promise<SocketMessage> {
    const { promise, resolve } = Promise.withResolvers<SocketMessage>();
    const look = (): void => {
      const found = this.messages.find(accepts);
      if (found !== undefined) resolve(found);
    };
    this.#watchers.add(look);
    look();
    return withDeadline(promise, deadlineMs, "a message").finally(() => this.#watchers.delete(look));
  }

  waitForType(type: string): Promise<SocketMessage> {
    return this.waitFor((message) => message["type"] === type);
  }

  /** Sends a request and gives its reply. */
  async ask(method: SocketMethod, params?: unknown): Promise<SocketMessage> {
    const id = `r${++this.#counter}`;
    this.webSocket.send(JSON.stringify({ id, method, params }));
    return this.waitFor((message) => message["id"] === id);
  }

  close(): void {
    this.webSocket.terminate();
  }
}

/** Fails the running test for a message that docs/asyncapi.json does not have. */
function assertDocumented(path: string, message: SocketMessage): void {
  const [address = ""] = path.split("?");
  const problem = messageProblem(address === "/api/kiro/events" ? "/ws" : address, message);
  if (problem !== undefined) throw new Error(problem);
}

/** What a request was answered with; throws when it was an error. */
export function resultOf({ result, error }: SocketMessage): SocketMessage {
  if (error !== undefined) throw new Error(JSON.stringify(error));
  return messageSchema.parse(result);
}

/** The code of the error with which a request was answered. */
export function errorCodeOf({ error }: SocketMessage): unknown {
  return messageSchema.parse(error)["code"];
}
