import { WebSocket } from "ws";
import * as z from "zod";
import { withDeadline } from "../editor/deadline.ts";

const DEADLINE_MS = 60_000;
const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  type: z.string().optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.string(), message: z.string(), context: z.unknown().optional() }).optional(),
});

export type BrowserMessage = z.infer<typeof messageSchema>;

export interface BrowserSocketOptions {
  readonly token?: string;
  /** Default: that of the page. Undefined for none. */
  readonly origin?: string | undefined;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The WebSocket of a page in a browser, which has what a browser sends, and the messages that it got. */
export class BrowserSocket {
  readonly webSocket: WebSocket;
  readonly messages: BrowserMessage[] = [];
  /** Resolves with the code and reason of the end; or with the status and body of the refusal. */
  readonly ended: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #watchers = new Set<() => void>();
  #lastId = 0;

  constructor(port: number, options: BrowserSocketOptions = {}) {
    const { token, path = "/dashboard/socket", headers } = options;
    const origin = "origin" in options ? options.origin : `http://127.0.0.1:${port}`;
    const protocols = token === undefined ? ["kiro-bridge"] : ["kiro-bridge", `bearer.${token}`];
    this.webSocket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, {
      headers: { ...(origin !== undefined && { Origin: origin }), "User-Agent": "Browser/1.0", ...headers },
    });
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>();
    this.ended = withDeadline(promise, DEADLINE_MS, "the end of the connection");
    this.ended.catch(() => undefined);
    this.webSocket.on("error", () => undefined);
    this.webSocket.on("unexpected-response", (_request, response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.once("end", () => resolve({ code: response.statusCode ?? 0, reason: body }));
    });
    this.webSocket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    this.webSocket.on("message", (data) => {
      this.messages.push(messageSchema.parse(JSON.parse(Buffer.isBuffer(data) ? data.toString() : "")));
      for (const watcher of this.#watchers) watcher();
    });
  }

  static async open(port: number, options: BrowserSocketOptions = {}): Promise<BrowserSocket> {
    const socket = new BrowserSocket(port, options);
    const opened = new Promise<void>((resolve) => socket.webSocket.once("open", resolve));
    const refused = socket.ended.then(({ code, reason }) => Promise.reject(new Error(`refused: ${code} ${reason}`)));
    refused.catch(() => undefined);
    await Promise.race([opened, refused]);
    return socket;
  }

  /** Returns the first message, past or to come, that `accepts` takes. */
  async waitFor(accepts: (message: BrowserMessage) => boolean, what = "a message"): Promise<BrowserMessage> {
    const { promise, resolve } = Promise.withResolvers<BrowserMessage>();
    const look = (): void => {
      const found = this.messages.find(accepts);
      if (found !== undefined) resolve(found);
    };
    this.#watchers.add(look);
    look();
    try {
      return await withDeadline(promise, DEADLINE_MS, what);
    } finally {
      this.#watchers.delete(look);
    }
  }

  /** Sends a request. @returns its ID */
  send(method: string, params?: unknown): number {
    const id = ++this.#lastId;
    this.webSocket.send(JSON.stringify({ id, method, params }));
    return id;
  }

  async ask(method: string, params?: unknown): Promise<BrowserMessage> {
    const id = this.send(method, params);
    return this.waitFor((message) => message.id === id, `the reply to ${method}`);
  }

  close(): void {
    this.webSocket.terminate();
  }
}
