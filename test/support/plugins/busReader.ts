import * as z from "zod";
import { SseParser } from "../../../src/client/events/sseParser.ts";
import { messageProblem } from "../checks/seenMessages.ts";
import { TEST_TOKEN, type TestBridge } from "../testBridge.ts";
import { until } from "../until.ts";
import type { Frame } from "./busClient.ts";

export interface BusReaderOptions {
  readonly token?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly lastEventId?: string;
}

const frameSchema = z.record(z.string(), z.unknown());

/** Reads the bus as Server-Sent Events. */
export class BusReader {
  readonly frames: Frame[] = [];
  readonly types: string[] = [];
  readonly #abort = new AbortController();
  /** Resolves with the status, when the response has begun. */
  readonly status: Promise<number>;
  readonly ended: Promise<void>;
  lastEventId = "";

  constructor(
    bridge: Pick<TestBridge, "port">,
    { token = TEST_TOKEN, query = {}, lastEventId }: BusReaderOptions = {},
  ) {
    const url = `http://127.0.0.1:${bridge.port}/api/kiro/bus/messages?${String(new URLSearchParams(query))}`;
    const headers = {
      Authorization: `Bearer ${token}`,
      ...(lastEventId !== undefined && { "Last-Event-ID": lastEventId }),
    };
    const response = fetch(url, { headers, signal: this.#abort.signal });
    this.status = response.then(({ status }) => status);
    this.ended = response.then((begun) => this.#read(begun)).catch(() => undefined);
  }

  static async open(bridge: Pick<TestBridge, "port">, options: BusReaderOptions = {}): Promise<BusReader> {
    const reader = new BusReader(bridge, options);
    await until(() => reader.frames.length > 0, "the first frame");
    return reader;
  }

  get session(): string {
    return String(this.frames[0]?.["session"]);
  }

  get payloads(): unknown[] {
    return this.frames
      .filter(({ type }) => type === "message")
      .map(({ message }) => frameSchema.parse(message)["payload"]);
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(response: Response): Promise<void> {
    const parser = new SseParser();
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      for (const { event, data, id } of parser.push(decoder.decode(chunk, { stream: true }))) {
        const frame = frameSchema.parse(JSON.parse(data));
        const problem = event === "reply" ? undefined : messageProblem("/api/kiro/bus/messages", frame, event);
        if (problem !== undefined) throw new Error(problem);
        this.types.push(event);
        this.lastEventId = id;
        this.frames.push(frame);
      }
    }
  }
}
