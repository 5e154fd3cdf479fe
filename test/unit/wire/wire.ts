import { type Answer, type Call, callPort, RawConnection } from "../../support/httpClient.ts";
import { SocketClient, type SocketClientOptions, type SocketMessage } from "../../support/socketClient.ts";
import { Placeholders, type Plain } from "./placeholders.ts";
import { readHttp } from "./httpText.ts";
import { readMetrics } from "./prometheusText.ts";
import { joined, readStream } from "./serverSentEvents.ts";
import type { WireBridge } from "./wireBridge.ts";

export interface Exchange {
  readonly name: string;
  readonly request: Plain;
  readonly answer: Plain;
}

export interface WireCall extends Call {
  /** Send no token. */
  readonly isStranger?: boolean;
}

/** Headers that belong to the connection, or measure the body. */
const hopByHop = new Set(["date", "connection", "keep-alive", "content-length", "transfer-encoding"]);
/** Headers that differ in each answer: only their presence is compared. */
const unique = new Set(["x-request-id", "sec-websocket-accept"]);

/** Calls a bridge and notes each exchange under a name that is unique in its area. */
export class Wire {
  readonly exchanges: Exchange[] = [];
  readonly bridge: WireBridge;
  readonly #placeholders: Placeholders;
  readonly #open = new Set<{ close(): void }>();

  constructor(bridge: WireBridge) {
    this.bridge = bridge;
    this.#placeholders = new Placeholders(() => [
      [bridge.folder, "<folder>"],
      [bridge.token, "<token>"],
      [`:${bridge.port}`, ":<port>"],
      [`%3A${bridge.port}`, "%3A<port>"],
    ]);
  }

  /** @param line method and path */
  async call(name: string, line: string, { isStranger = false, ...call }: WireCall = {}): Promise<Answer> {
    const [method = "GET", path = "/"] = line.split(" ");
    const token = isStranger ? {} : { Authorization: `Bearer ${this.bridge.token}` };
    const answer = await callPort(this.bridge.port, path, { method, ...call, headers: { ...token, ...call.headers } });
    this.note(name, this.#request(line, { isStranger, ...call }), this.#answer(answer));
    return answer;
  }

  execute(name: string, body: WireCall["body"], headers: NonNullable<Call["headers"]> = {}): Promise<Answer> {
    return this.call(name, "POST /api/kiro/execute", { body: body ?? {}, headers });
  }

  /** An execution that goes on, by its id. */
  async begin(name: string, body: object): Promise<string> {
    const { json } = await this.execute(name, body, { Prefer: "respond-async" });
    return String(json["executionId"]);
  }

  /** Writes any text, and notes all that comes until the connection ends. `<host>` is the address of the bridge. */
  async raw(name: string, text: string): Promise<void> {
    const sent = text.replaceAll("<host>", `127.0.0.1:${this.bridge.port}`).replaceAll("<token>", this.bridge.token);
    const received = await new RawConnection(this.bridge.port).write(sent).ended;
    this.note(name, this.#placeholders.text(text), this.#answer(readHttp(received)));
  }

  /** Asks for a WebSocket that is refused. */
  refusedUpgrade(
    name: string,
    path: string,
    headers: readonly string[] = ["Authorization: Bearer <token>"],
  ): Promise<void> {
    const lines = [
      "Host: <host>",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      ...headers,
    ];
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    return this.raw(name, [`GET ${path} HTTP/1.1`, ...lines, key, "", ""].join("\r\n"));
  }

  /** Opens a stream that does not end; notes what has come up to the event that `until` names, then hangs up. */
  async follow(
    name: string,
    path: string,
    { headers = {}, isStranger = false }: Pick<WireCall, "headers" | "isStranger"> = {},
  ): Promise<FollowedStream> {
    const token = isStranger ? {} : { Authorization: `Bearer ${this.bridge.token}` };
    const all = { Host: `127.0.0.1:${this.bridge.port}`, ...token, ...headers };
    const lines = Object.entries(all).map(([key, value]) => `${key}: ${String(value)}\r\n`);
    const connection = new RawConnection(this.bridge.port).write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    this.#open.add(connection);
    await connection.receives(/event: \S+/);
    return {
      until: async (pattern) => {
        const received = await connection.receives(new RegExp(`${pattern.source}[^]*?\\n\\n`));
        connection.close();
        const { index = 0 } = pattern.exec(received) ?? {};
        const http = readHttp(received.slice(0, received.indexOf("\n\n", index) + 2));
        this.note(name, this.#request(`GET ${path}`, { headers, isStranger }), this.#answer(http));
      },
    };
  }

  /** Opens a WebSocket whose messages are noted. */
  async socket(options: SocketClientOptions = {}): Promise<WireSocket> {
    const client = await SocketClient.open(this.bridge, options);
    this.#open.add(client);
    const typeOf = ({ type }: SocketMessage) => String(type);
    return {
      client,
      ask: async (name, method, params) => {
        const reply = await client.ask(method, params);
        this.note(name, { method, params: this.#placeholders.json(params ?? null) }, this.#placeholders.json(reply));
        return reply;
      },
      send: async (name, text, accepts) => {
        client.webSocket.send(text);
        const reply = await client.waitFor(accepts);
        this.note(name, this.#placeholders.text(text), this.#placeholders.json(reply));
      },
      events: async (name, isLast) => {
        const last = await client.waitFor((message) => message["eventId"] !== undefined && isLast(message));
        const events = client.events.slice(0, client.events.indexOf(last) + 1);
        const noted = joined(events, typeOf).map((event) => this.#placeholders.json(event));
        this.note(name, "events of the WebSocket", { events: noted });
      },
      closed: async (name) => {
        const { code, reason } = await client.closed;
        this.note(name, "the end of the WebSocket", { code, reason: this.#placeholders.text(reason) });
      },
    };
  }

  /** Opens a WebSocket that the bridge closes at once. */
  async closedSocket(name: string): Promise<void> {
    const { closed } = new SocketClient(this.bridge.port);
    this.note(name, "a WebSocket", this.#placeholders.json(await closed));
  }

  note(name: string, request: Plain, answer: Plain): void {
    if (this.exchanges.some((exchange) => exchange.name === name))
      throw new Error(`There are two exchanges "${name}".`);
    this.exchanges.push({ name, request, answer });
  }

  json(value: unknown): Plain {
    return this.#placeholders.json(value);
  }

  dispose(): void {
    for (const open of this.#open) open.close();
  }

  #request(line: string, { isStranger, headers, body }: WireCall): Plain {
    const text = typeof body === "string" ? this.#placeholders.text(body) : this.#placeholders.json(body ?? null);
    return {
      line: this.#placeholders.text(line),
      ...(isStranger === true && { token: false }),
      ...(headers !== undefined && { headers: this.#placeholders.json(headers) }),
      ...(body !== undefined && { body: body instanceof Uint8Array ? "<bytes>" : text }),
    };
  }

  #answer({ status, headers, text }: Pick<Answer, "status" | "headers" | "text">): Plain {
    const kept = Object.entries(headers).filter(([name]) => !hopByHop.has(name));
    const noted = kept.map(([name, value]) => [
      name,
      unique.has(name) ? `<${name}>` : this.#header(name, String(value)),
    ]);
    return { status, headers: Object.fromEntries(noted), body: this.#body(headers["content-type"] ?? "", text) };
  }

  #header(name: string, value: string): string {
    return name === "retry-after" && Number(value) > 1 ? "<seconds>" : this.#placeholders.text(value);
  }

  #body(type: string, text: string): Plain {
    if (text === "") return null;
    if (type.startsWith("application/json")) return this.#placeholders.json(JSON.parse(text));
    if (type.startsWith("text/event-stream")) return readStream(text, this.#placeholders);
    if (type.startsWith("text/plain; version=")) return readMetrics(text);
    // The content of a page is no promise.
    return /^text\/(?:html|css|javascript)/.test(type) ? "<page>" : this.#placeholders.text(text);
  }
}

type SocketMethod = Parameters<SocketClient["ask"]>[0];

interface FollowedStream {
  until(pattern: RegExp): Promise<void>;
}

export interface WireSocket {
  readonly client: SocketClient;
  ask(name: string, method: SocketMethod, params?: unknown): Promise<SocketMessage>;
  /** Sends any text and notes the first message that is accepted. */
  send(name: string, text: string, accepts: (message: SocketMessage) => boolean): Promise<void>;
  /** Notes all events that have come, up to the one that `isLast` accepts. */
  events(name: string, isLast: (event: SocketMessage) => boolean): Promise<void>;
  closed(name: string): Promise<void>;
}
