import type { BusParticipant } from "../../../src/plugins/bus/participant.ts";
import { RpcClient } from "../../../src/plugins/rpc/rpcClient.ts";
import { RpcServer } from "../../../src/plugins/rpc/rpcServer.ts";
import { busOf, embeddedBroker } from "../../support/plugins/busUnderTest.ts";
import { median, quantile, ROUNDS } from "../load.ts";
import type { Figure } from "../table.ts";

const MESSAGES = 300_000;
const CALLS = 20_000;
const SUBSCRIBERS = 10;

/** An event of the plugin guide. */
const payload = { eventType: "task_completed", taskId: "task_123", result: { ok: true, items: [1, 2, 3] } };

/** The embedded bus within one process: rates of messages and of calls. */
export async function measureEmbedded(): Promise<Figure[]> {
  const bus = busOf([embeddedBroker()], async () => undefined);
  const publisher = bus.join("publisher");
  const reader = bus.join("reader");
  const received = { one: 0, many: 0 };
  reader.subscribe("plugin/publisher/events", () => (received.one += 1));
  for (let count = 0; count < SUBSCRIBERS; count++) reader.subscribe("many/**", () => (received.many += 1));
  const server = new RpcServer(reader, "plugin://reader/rpc");
  server.register("ping", (params) => params);
  const client = new RpcClient(publisher, "plugin://reader/rpc");
  const rates = { one: [] as number[], cpu: [] as number[], large: [] as number[], many: [] as number[] };
  const times: number[] = [];
  const large = Array.from({ length: 20 }, (_, index) => ({ ...payload, index }));
  await publish(publisher, "plugin/publisher/events", payload, MESSAGES);
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    rates.one.push(await publish(publisher, "plugin/publisher/events", { n: round }, MESSAGES));
    const { user, system } = process.cpuUsage(before);
    rates.cpu.push(MESSAGES / ((user + system) / 1e6));
    rates.large.push(await publish(publisher, "plugin/publisher/events", large, MESSAGES / 30));
    rates.many.push(SUBSCRIBERS * (await publish(publisher, "many/x", payload, MESSAGES / SUBSCRIBERS)));
    times.push(...(await call(client)));
  }
  const expected = { one: MESSAGES + ROUNDS * (MESSAGES + MESSAGES / 30), many: ROUNDS * MESSAGES };
  await bus.dispose();
  return [
    { what: "embedded bus: messages", value: median(rates.one), unit: "/s", atLeast: 1_000_000 },
    { what: "embedded bus: messages in a second of the CPU", value: median(rates.cpu), unit: "/s" },
    { what: "embedded bus: messages of 2 KB", value: median(rates.large), unit: "/s" },
    { what: `embedded bus: deliveries to ${SUBSCRIBERS} subscriptions`, value: median(rates.many), unit: "/s" },
    { what: "embedded bus: missing or double", value: difference(received, expected), unit: "", atMost: 0 },
    { what: "embedded bus: RPC call, p50", value: 1000 * median(times), unit: "µs" },
    { what: "embedded bus: RPC call, p99", value: 1000 * quantile(times, 0.99), unit: "µs" },
  ];
}

/** Publishes messages one after the other. @returns messages a second */
async function publish(participant: BusParticipant, topic: string, payload: unknown, count: number): Promise<number> {
  const start = performance.now();
  for (let sent = 0; sent < count; sent++) await participant.publish({ topic, payload });
  return count / ((performance.now() - start) / 1000);
}

/** @returns the time of each call, in milliseconds */
async function call(client: RpcClient): Promise<number[]> {
  const times: number[] = [];
  for (let sent = 0; sent < CALLS; sent++) {
    const start = performance.now();
    await client.call("ping", { sent });
    times.push(performance.now() - start);
  }
  return times;
}

function difference(received: Record<string, number>, expected: Record<string, number>): number {
  return Object.keys(expected).reduce((sum, key) => sum + Math.abs((expected[key] ?? 0) - (received[key] ?? 0)), 0);
}
