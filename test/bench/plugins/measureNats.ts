import { randomUUID } from "node:crypto";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { MessageBroker } from "../../../src/plugins/bus/broker/messageBroker.ts";
import type { BusParticipant } from "../../../src/plugins/bus/participant.ts";
import { RpcClient } from "../../../src/plugins/rpc/rpcClient.ts";
import { RpcServer } from "../../../src/plugins/rpc/rpcServer.ts";
import { connectNats, freshPrefix } from "../../support/nats/natsBus.ts";
import { findNats } from "../../support/nats/natsProgram.ts";
import { NatsServer } from "../../support/nats/natsServer.ts";
import { busOf } from "../../support/plugins/busUnderTest.ts";
import { until } from "../../support/until.ts";
import { median, ROUNDS } from "../load.ts";
import type { Figure } from "../table.ts";

const MESSAGES = 50_000;
const CALLS = 3000;
/** Messages that the raw client sends before it waits for the server. */
const BATCH = 500;

/** An event of the plugin guide. */
const payload = { eventType: "task_completed", taskId: "task_123", result: { ok: true, items: [1, 2, 3] } };

/** Sends messages or calls between two connections to one server. */
interface Way {
  /** Resolves when all have arrived. */
  send(count: number): Promise<void>;
  call(n: number): Promise<unknown>;
}

/** The bus on a NATS server, compared with the client alone, which sends the same envelopes. */
export async function measureNats(): Promise<Figure[]> {
  const program = await findNats();
  if (program.kind === "missing") {
    console.log(`NATS is not measured: ${program.reason}`);
    return [];
  }
  await using server = await NatsServer.start();
  const [publisher, reader] = [await connect({ servers: server.address }), await connect({ servers: server.address })];
  const prefix = freshPrefix();
  const transports = [await connectNats(server, { prefix }), await connectNats(server, { prefix })];
  const deps = { clock: systemClock, logger: silentLogger };
  const bus = busOf(
    transports.map((transport) => new MessageBroker({ ...deps, transport })),
    async () => void (await Promise.all(transports.map((transport) => transport.flush()))),
  );
  try {
    const ways = { raw: rawWay(publisher, reader), bus: busWay(bus.join("publisher"), bus.join("reader")) };
    await Promise.all([bus.flush(), reader.flush()]);
    return await compare(ways);
  } finally {
    await Promise.all([publisher.close(), reader.close(), bus.dispose()]);
  }
}

async function compare(ways: Readonly<Record<"raw" | "bus", Way>>): Promise<Figure[]> {
  const rates = { raw: [] as number[], bus: [] as number[] };
  const times = { raw: [] as number[], bus: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of ["raw", "bus"] as const) {
      const rate = await rateOf(ways[name]);
      const called = await timesOf(ways[name]);
      if (round > 0) rates[name].push(rate);
      if (round > 0) times[name].push(...called);
    }
  }
  const [raw, bus] = [median(rates.raw), median(rates.bus)];
  const [bare, rpc] = [median(times.raw), median(times.bus)];
  return [
    { what: "NATS: messages of the bus", value: bus, unit: "/s" },
    { what: "NATS: messages of the client alone", value: raw, unit: "/s" },
    { what: "NATS: bus ÷ client", value: bus / raw, unit: "×", atLeast: 0.7 },
    { what: "NATS: RPC call, p50", value: rpc, unit: "ms" },
    { what: "NATS: bare request, p50", value: bare, unit: "ms" },
    { what: "NATS: RPC call ÷ bare request", value: rpc / bare, unit: "×", atMost: 2 },
  ];
}

async function rateOf(way: Way): Promise<number> {
  const start = performance.now();
  await way.send(MESSAGES);
  return MESSAGES / ((performance.now() - start) / 1000);
}

async function timesOf(way: Way): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < CALLS; n++) {
    const start = performance.now();
    await way.call(n);
    times.push(performance.now() - start);
  }
  return times;
}

function rawWay(publisher: NatsConnection, reader: NatsConnection): Way {
  let received = 0;
  reader.subscribe("raw.events", {
    callback: (_error, message) => {
      if (message.json<{ topic: string }>().topic === "bench/events") received += 1;
    },
  });
  reader.subscribe("raw.rpc", { callback: (_error, message) => void message.respond(message.string()) });
  return {
    async send(count) {
      received = 0;
      for (let sent = 0; sent < count; sent++) {
        publisher.publish("raw.events", JSON.stringify(envelope()));
        if (sent % BATCH === 0) await publisher.flush();
      }
      await until(() => received === count);
    },
    call: async (n) => (await publisher.request("raw.rpc", JSON.stringify({ n }))).json(),
  };
}

/** The fields of a message of the bus. */
function envelope() {
  return {
    messageId: randomUUID(),
    timestamp: new Date().toISOString(),
    source: "publisher",
    destination: "*",
    topic: "bench/events",
    messageType: "event",
    priority: 5,
    headers: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" },
    payload,
    metadata: {},
  };
}

function busWay(publisher: BusParticipant, reader: BusParticipant): Way {
  let received = 0;
  reader.subscribe("bench/events", () => (received += 1), { maxQueued: MESSAGES });
  const server = new RpcServer(reader, "plugin://reader/rpc");
  server.register("ping", (params) => params);
  const client = new RpcClient(publisher, "plugin://reader/rpc");
  return {
    async send(count) {
      received = 0;
      for (let sent = 0; sent < count; sent++) await publisher.publish({ topic: "bench/events", payload });
      await until(() => received === count);
    },
    call: (n) => client.call("ping", { n }),
  };
}
