import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { BenchTarget, BenchTargets } from "./benchTargets.ts";
import { IN_FLIGHT, load, median } from "./load.ts";
import { pair } from "./pair.ts";
import { Line, loadLine } from "./line.ts";
import type { Figure } from "./table.ts";

/** Requests of each kind in each round. */
const REQUESTS = 3000;
const ROUNDS = 21;

const names = ["bareHttp", "http", "httpPaired", "bareWs", "ws", "httpWatched", "wsWatched"] as const;
type Name = (typeof names)[number];

/**
 * CPU time of the extension host for each request with 32 in flight: the bridge against a bare server in the same host
 * that runs the same command, and the bridge with one subscriber on all events. CPU time counts no waiting, but depends on
 * what else uses the processor's caches: ratios are those of one round, and the median of all rounds.
 */
export async function measureCpu({ bridge, echo }: BenchTargets): Promise<Figure[]> {
  const run: BenchTarget = { url: new URL("/run", echo.url).href };
  const paired = await pair(bridge);
  const bareLine = await Line.open(echo, "/run");
  const line = await Line.open(bridge, "/ws");
  const overHttp = (target: BenchTarget) => load(target, REQUESTS, IN_FLIGHT);
  const overSocket = (to: Line) => loadLine(to, REQUESTS, IN_FLIGHT);
  const loads: Record<Name, () => Promise<unknown>> = {
    bareHttp: () => overHttp(run),
    http: () => overHttp(bridge),
    httpPaired: () => overHttp(paired),
    bareWs: () => overSocket(bareLine),
    ws: () => overSocket(line),
    httpWatched: () => watched(bridge, () => overHttp(bridge)),
    wsWatched: () => watched(bridge, () => overSocket(line)),
  };
  const spent = Object.fromEntries(names.map((name): [Name, number[]] => [name, []])) as Record<Name, number[]>;
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      const before = await cpuOf(echo);
      await loads[name]();
      const after = await cpuOf(echo);
      if (round > 0) spent[name].push((after - before) / REQUESTS);
    }
  }
  bareLine.close();
  line.close();
  const cpu = (name: Name) => median(spent[name]);
  const micros = (what: string, name: Name): Figure => ({
    what: `CPU per request: ${what}`,
    value: cpu(name),
    unit: "µs",
  });
  const ratio = (what: string, name: Name, base: Name, atMost: number): Figure => ({
    what: `CPU per request: ${what}`,
    value: median(spent[name].map((micros, round) => micros / (spent[base][round] ?? Number.NaN))),
    unit: "×",
    atMost,
  });
  return [
    micros("bare node:http that runs the command", "bareHttp"),
    micros("bridge over HTTP", "http"),
    micros("bare ws that runs the command", "bareWs"),
    micros("bridge over WebSocket", "ws"),
    ratio("bridge over HTTP ÷ bare node:http", "http", "bareHttp", 1.35),
    ratio("bridge over WebSocket ÷ bare ws", "ws", "bareWs", 1.7),
    ratio("HTTP, paired token ÷ the owner's token", "httpPaired", "http", 1.05),
    ratio("HTTP, one subscriber on all events ÷ none", "httpWatched", "http", 1.25),
    ratio("WebSocket, one subscriber on all events ÷ none", "wsWatched", "ws", 1.25),
  ];
}

/** Does the work while another client receives every event. */
async function watched(bridge: BenchTarget, work: () => Promise<unknown>): Promise<void> {
  const watcher = await Line.open(bridge, "/ws", "all");
  await work();
  watcher.close();
}

async function cpuOf(echo: BenchTarget): Promise<number> {
  const request = get(new URL("/cpu", echo.url), { agent: false });
  const [response]: IncomingMessage[] = await once(request, "response");
  return response === undefined ? Number.NaN : Number(await text(response));
}
