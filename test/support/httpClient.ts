import { request as httpRequest, type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { createConnection, type Socket } from "node:net";
import * as z from "zod";
import { checkAnswer } from "./checks/seenAnswers.ts";

export { portOf } from "./programs/portOf.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  readonly json: Record<string, unknown>;
}

export interface Call {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** An object is sent as JSON; text and bytes as they are. */
  readonly body?: object | string | Uint8Array;
  readonly agent?: Agent | false;
  readonly host?: string;
}

/** One request over a real socket, with any header, `Host` included. Rejects if docs/openapi.json lacks the response. */
export function callPort(port: number, path: string, call: Call = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { body, headers = {}, method = body === undefined ? "GET" : "POST", agent = false, host = "127.0.0.1" } = call;
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const payload = body === undefined ? undefined : isRaw ? body : JSON.stringify(body);
  const request = httpRequest({ host, port, path, method, agent, headers: { ...contentHeaders(payload), ...headers } });
  request.once("error", reject);
  request.once("response", (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.once("error", reject);
    response.once("end", () => {
      const text = Buffer.concat(chunks).toString();
      const status = response.statusCode ?? 0;
      if (isUndocumented({ method, path, status, headers: response.headers, text }, reject)) return;
      resolve({
        status,
        headers: response.headers,
        text,
        get json() {
          return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
        },
      });
    });
  });
  request.end(payload);
  return promise;
}

function isUndocumented(answer: Parameters<typeof checkAnswer>[0], reject: (error: unknown) => void): boolean {
  try {
    checkAnswer(answer);
    return false;
  } catch (error) {
    reject(error);
    return true;
  }
}

function contentHeaders(payload: string | Uint8Array | undefined): OutgoingHttpHeaders {
  return payload === undefined
    ? {}
    : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(payload) };
}

/** A connection on which a test writes what it likes. */
export class RawConnection {
  readonly socket: Socket;
  /** Resolves with all that was received when the other side has hung up. */
  readonly ended: Promise<string>;
  #received = "";
  readonly #watchers = new Set<() => void>();

  constructor(port: number, host = "127.0.0.1") {
    this.socket = createConnection({ host, port });
    this.socket.setEncoding("latin1");
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.socket.on("data", (chunk) => {
      this.#received += String(chunk);
      for (const watcher of this.#watchers) watcher();
    });
    this.socket.on("error", () => undefined);
    this.socket.once("close", () => resolve(this.#received));
  }

  write(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  /** Resolves when what was received matches; rejects when the connection ends before. */
  async receives(pattern: RegExp): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const watch = (): void => {
      if (pattern.test(this.#received)) resolve(this.#received);
    };
    this.#watchers.add(watch);
    void this.ended.then(() => reject(new Error(`ended without ${pattern}: ${this.#received}`)));
    watch();
    return promise.finally(() => this.#watchers.delete(watch));
  }

  close(): void {
    this.socket.destroy();
  }
}
