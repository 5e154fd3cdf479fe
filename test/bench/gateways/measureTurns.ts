import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { TEST_TOKEN } from "../../support/testBridge.ts";
import { BenchProcess } from "../benchProcess.ts";
import { median, quantile } from "../load.ts";
import type { Figure } from "../table.ts";

const STREAMS = 400;
const TURNS = 300;
const ROUNDS = 9;
/** Turns of each kind in each round of the measurement of CPU time. */
const BATCH = 80;
const WARM_UP = 60;

/** What the agent is asked for: its first chunk comes after a pause, so that nothing else is going on when it does. */
const PACED = JSON.stringify({ chunks: 3, pauseMs: 2 });
const AT_ONCE = JSON.stringify({ chunks: 4, pauseMs: 0 });
const STAMP = /"(\d{16}) /u;

const messagesOf = (prompt: string) => [{ role: "user", content: prompt }];

/** The ways to the agent, each with a session of its own. */
const ways = {
  "/kiro/chat": {
    path: "/kiro/chat",
    headers: {},
    body: (prompt: string) => ({ prompt, session: "bench" }),
  },
  "chat completions": {
    path: "/v1/chat/completions",
    headers: { "X-Kiro-Session": "bench-chat" },
    body: (prompt: string) => ({ model: "kiro", messages: messagesOf(prompt) }),
  },
  responses: {
    path: "/v1/responses",
    headers: { "X-Kiro-Session": "bench-responses" },
    body: (prompt: string) => ({ model: "kiro", input: prompt }),
  },
  messages: {
    path: "/v1/messages",
    headers: { "X-Kiro-Session": "bench-messages", "anthropic-version": "2023-06-01" },
    body: (prompt: string) => ({ model: "kiro", max_tokens: 1000, messages: messagesOf(prompt) }),
  },
} as const;
type Way = keyof typeof ways;

const DIRECT = "/kiro/chat";
const gateways = ["chat completions", "responses", "messages"] as const satisfies readonly Way[];
const all = [DIRECT, ...gateways] as const;

/** The turns of the gateways compared with `POST /kiro/chat`, which has the same agent in the same process. */
export async function measureTurns(): Promise<Figure[]> {
  const bridge = await BenchProcess.start(
    join(import.meta.dirname, "bridgeMain.ts"),
    [],
    process.argv.includes("--profile") ? "gateways" : undefined,
  );
  const client = new Client(bridge.port);
  try {
    for (const way of all) for (let turn = 0; turn < WARM_UP; turn++) await client.ask(way, AT_ONCE);
    return [
      ...(await measureFirstBytes(client)),
      ...(await measureOverhead(client)),
      ...(await measureCpu(client, bridge)),
    ];
  } finally {
    client.close();
    await bridge.dispose();
  }
}

/** From the agent's first chunk to the first byte of it at the client. */
async function measureFirstBytes(client: Client): Promise<Figure[]> {
  const delays = timesByWay();
  for (let turn = 0; turn < STREAMS; turn++) {
    for (const way of inTurn(turn)) delays[way].push(await client.firstByteOf(way, PACED));
  }
  return all.flatMap((way): Figure[] => [
    { what: `gateways: first chunk → first byte, ${way}, p50`, value: median(delays[way]), unit: "ms" },
    {
      what: `gateways: first chunk → first byte, ${way}, p99`,
      value: quantile(delays[way], 0.99),
      unit: "ms",
      ...(way !== DIRECT && { atMost: 5 }),
    },
  ]);
}

async function measureOverhead(client: Client): Promise<Figure[]> {
  const times = timesByWay();
  for (let turn = 0; turn < TURNS; turn++) {
    for (const way of inTurn(turn)) {
      const start = performance.now();
      await client.ask(way, AT_ONCE);
      times[way].push(performance.now() - start);
    }
  }
  const direct = median(times[DIRECT]);
  return [
    { what: `gateways: turn, ${DIRECT}, p50`, value: direct, unit: "ms" },
    ...gateways.map((way): Figure => {
      const value = median(times[way]) - direct;
      return { what: `gateways: turn, ${way} − ${DIRECT}, p50`, value, unit: "ms", atMost: 1 };
    }),
  ];
}

/** CPU time of the bridge alone. Ratios are those of one round, and the median of all rounds. */
async function measureCpu(client: Client, bridge: BenchProcess): Promise<Figure[]> {
  const spent = timesByWay();
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of inTurn(round)) {
      const before = await bridge.cpu();
      for (let turn = 0; turn < BATCH; turn++) await client.ask(way, AT_ONCE);
      spent[way].push(((await bridge.cpu()) - before) / BATCH);
    }
  }
  return [
    { what: `gateways: CPU per turn, ${DIRECT}`, value: median(spent[DIRECT]), unit: "µs" },
    ...gateways.map((way): Figure => {
      const value = median(spent[way].map((micros, round) => micros / (spent[DIRECT][round] ?? Number.NaN)));
      return { what: `gateways: CPU per turn, ${way} ÷ ${DIRECT}`, value, unit: "×" };
    }),
  ];
}

function timesByWay(): Record<Way, number[]> {
  return { [DIRECT]: [], "chat completions": [], responses: [], messages: [] };
}

/** Returns all ways in another order each time, so that each follows on each of the others. */
function inTurn(round: number): readonly Way[] {
  const first = round % all.length;
  const order = [...all.slice(first), ...all.slice(0, first)];
  return round % 2 === 0 ? order : order.toReversed();
}

/** Sends one request after the other over one connection. */
class Client {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(port: number) {
    this.#port = port;
  }

  async ask(way: Way, prompt: string): Promise<void> {
    const response = await this.#send(way, ways[way].body(prompt));
    for await (const _chunk of response) void _chunk;
  }

  /** @returns the time in milliseconds from the agent's first chunk to the first byte of it here */
  async firstByteOf(way: Way, prompt: string): Promise<number> {
    const response = await this.#send(
      way,
      { ...ways[way].body(prompt), ...(way !== DIRECT && { stream: true }) },
      {
        ...(way === DIRECT && { Accept: "text/event-stream" }),
      },
    );
    let delay: number | undefined;
    for await (const chunk of response) {
      const now = performance.timeOrigin + performance.now();
      const stamp = STAMP.exec(String(chunk))?.[1];
      if (stamp !== undefined) delay ??= now - Number(stamp) / 1000;
    }
    if (delay === undefined) throw new Error(`There is no chunk of the agent in the stream of ${way}.`);
    return delay;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(way: Way, body: object, more: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> {
    const { path, headers } = ways[way];
    const text = JSON.stringify(body);
    const sent = request({
      host: "127.0.0.1",
      port: this.#port,
      path,
      method: "POST",
      agent: this.#agent,
      headers: {
        ...headers,
        ...more,
        Authorization: `Bearer ${TEST_TOKEN}`,
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(text),
      },
    });
    sent.end(text);
    const [response]: IncomingMessage[] = await once(sent, "response");
    if (response?.statusCode === 200) return response;
    let answer = "";
    for await (const chunk of response ?? []) answer += String(chunk);
    throw new Error(`${path} answered ${response?.statusCode}: ${answer}`);
  }
}
