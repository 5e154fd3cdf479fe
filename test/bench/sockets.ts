import { once } from "node:events";
import { WebSocket } from "ws";
import { SubscriberFleet } from "../support/measures/subscriberFleet.ts";
import type { BenchTarget, BenchTargets } from "./benchTargets.ts";
import { executeText, Line, loadLine, textOf } from "./line.ts";
import { IN_FLIGHT, median, PARALLEL, quantile, ROUNDS, SEQUENTIAL } from "./load.ts";
import type { Figure } from "./table.ts";

const SUBSCRIBERS = 100;
const EVENTS_PER_SECOND = 1000;
const FAN_OUT_SECONDS = 10;
/** At most: it starts, the bridge is busy, it ends, the bridge is ready. */
const EVENTS_PER_EXECUTION = 4;

/** Execute over a WebSocket against a bare `ws` echo; then every event to a hundred subscribers. */
export async function measureSockets({ bridge, echo }: BenchTargets): Promise<Figure[]> {
  const lines = {
    bridge: await Line.open(bridge, "/ws"),
    echo: await Line.open(echo, "/"),
    run: await Line.open(echo, "/run"),
  };
  const times: Record<string, number[]> = { bridge: [], echo: [], run: [] };
  const rates: Record<string, number[]> = { bridge: [], echo: [], run: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, line] of Object.entries(lines)) {
      const sequential = await loadLine(line, SEQUENTIAL, 1);
      const parallel = await loadLine(line, PARALLEL, IN_FLIGHT);
      if (round === 0) continue; // warming up
      times[name]?.push(...sequential.times);
      rates[name]?.push(parallel.rate);
    }
  }
  for (const line of Object.values(lines)) line.close();
  const at = (name: string) => quantile(times[name] ?? [], 0.5);
  const rate = (name: string) => median(rates[name] ?? []);
  return [
    { what: "bridge, WebSocket: sequential p50", value: at("bridge"), unit: "ms" },
    { what: "bare ws: sequential p50", value: at("echo"), unit: "ms" },
    { what: `bridge, WebSocket: ${IN_FLIGHT} in flight`, value: rate("bridge"), unit: "/s" },
    { what: `bare ws: ${IN_FLIGHT} in flight`, value: rate("echo"), unit: "/s" },
    { what: "bare ws that runs the command: sequential p50", value: at("run"), unit: "ms" },
    { what: "execute p50 ÷ bare ws", value: at("bridge") / at("echo"), unit: "×", atMost: 2 },
    { what: "execute p50 ÷ bare ws that runs the command", value: at("bridge") / at("run"), unit: "×" },
    ...(await measureFanOut(bridge)),
  ];
}

async function measureFanOut(bridge: BenchTarget): Promise<Figure[]> {
  const driver = await Line.open(bridge, "/ws");
  const count = EVENTS_PER_SECOND * FAN_OUT_SECONDS;
  const target = { port: Number(new URL(bridge.url).port), token: bridge.token ?? "" };
  const newest = await EventCount.open(bridge);
  const fleet = await SubscriberFleet.gather(target, SUBSCRIBERS, newest.eventId + count);
  const start = performance.now();
  const from = newest.eventId;
  const through = fleet.report();
  const end = new AbortController();
  void through.finally(() => end.abort());
  let inFlight = 0;
  while (!end.signal.aborted) {
    const due = ((performance.now() - start) / 1000) * EVENTS_PER_SECOND;
    for (let ahead = newest.eventId - from; ahead + inFlight * EVENTS_PER_EXECUTION < due && inFlight < IN_FLIGHT; ) {
      inFlight++;
      void driver.ask(executeText("fan-out")).finally(() => inFlight--);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const { gaps, doubles, lost, p50, p99, least } = await through;
  const seconds = (performance.now() - start) / 1000;
  driver.close();
  newest.close();
  const what = `fan-out to ${SUBSCRIBERS}`;
  const missing = gaps + doubles + lost + Math.max(0, count - least);
  return [
    { what: `${what}: events`, value: count / seconds, unit: "/s" },
    { what: `${what}: missing, double or lost`, value: missing, unit: "", atMost: 0 },
    { what: `${what}: p50`, value: p50, unit: "ms" },
    { what: `${what}: p99`, value: p99, unit: "ms", atMost: 50 },
  ];
}

/** Knows the id of the newest event. */
class EventCount {
  readonly #socket: WebSocket;
  eventId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const message: { eventId?: unknown; lastEventId?: unknown } = JSON.parse(textOf(data));
      this.eventId = Number(message.lastEventId ?? message.eventId);
    });
  }

  static async open({ url, token = "" }: BenchTarget): Promise<EventCount> {
    const address = new URL("/ws", url.replace("http", "ws"));
    const socket = new WebSocket(address, { headers: { Authorization: `Bearer ${token}` }, perMessageDeflate: false });
    const count = new EventCount(socket);
    await once(socket, "message");
    return count;
  }

  close(): void {
    this.#socket.terminate();
  }
}
