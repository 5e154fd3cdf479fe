import { RpcClient } from "../../../src/plugins/rpc/rpcClient.ts";
import { RpcServer } from "../../../src/plugins/rpc/rpcServer.ts";
import { ProcessBuses } from "../../../src/plugins/sdk/processBuses.ts";
import { TEST_TOKEN } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";
import { WindowGroup } from "../../support/windows/windowGroup.ts";
import { median, quantile } from "../load.ts";
import type { Figure } from "../table.ts";

const PER_SECOND = 1000;
const SECONDS = 10;
const CALLS = 3000;
const ROUNDS = 4;

type Bus = ReturnType<ProcessBuses["get"]>;

/** The bus over the WebSocket `/bus` of a bridge in another process, between two plugins. */
export async function measureBusSocket(): Promise<Figure[]> {
  const group = await WindowGroup.create();
  const homeBefore = process.env["KIRO_BRIDGE_HOME"];
  process.env["KIRO_BRIDGE_HOME"] = group.discovery;
  await group.start("a");
  const env = { KIRO_BRIDGE_URL: group.url, KIRO_BRIDGE_PLUGIN_TOKEN: TEST_TOKEN };
  const places = [new ProcessBuses(env), new ProcessBuses(env)] as const;
  const [publisher, reader] = [places[0].get("publisher"), places[1].get("reader")];
  try {
    return [...(await measureMessages(publisher, reader)), ...(await measureCalls(publisher, reader))];
  } finally {
    for (const place of places) place.reset();
    if (homeBefore === undefined) delete process.env["KIRO_BRIDGE_HOME"];
    else process.env["KIRO_BRIDGE_HOME"] = homeBefore;
    await group.dispose();
  }
}

/** Publishes at a rate. Times are from the publish to the handler of the other plugin. */
async function measureMessages(publisher: Bus, reader: Bus): Promise<Figure[]> {
  const times: number[] = [];
  let isWarm = false;
  reader.subscribe("bench/messages", ({ payload }) => {
    if (payload.n >= 0) times.push(performance.now() - payload.at);
    else isWarm = true;
  });
  const publish = (n: number) => publisher.publish({ topic: "bench/messages", payload: { n, at: performance.now() } });
  await until(async () => {
    await publish(-1);
    return isWarm;
  });
  const total = PER_SECOND * SECONDS;
  const start = performance.now();
  const sent: Promise<unknown>[] = [];
  while (sent.length < total) {
    const due = Math.min(total, ((performance.now() - start) / 1000) * PER_SECOND);
    while (sent.length < due) sent.push(publish(sent.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sent);
  const seconds = (performance.now() - start) / 1000;
  await until(() => times.length >= total);
  return [
    { what: "/bus: messages between two plugins", value: times.length / seconds, unit: "/s" },
    { what: "/bus: missing or double", value: Math.abs(times.length - total), unit: "", atMost: 0 },
    { what: "/bus: publish to handler, p50", value: quantile(times, 0.5), unit: "ms" },
    { what: "/bus: publish to handler, p99", value: quantile(times, 0.99), unit: "ms", atMost: 5 },
  ];
}

/** Calls a method, and the same function by a plain request over the same WebSockets. */
async function measureCalls(publisher: Bus, reader: Bus): Promise<Figure[]> {
  const server = new RpcServer(reader.participant, "plugin://reader/rpc");
  server.register("ping", (params) => params);
  reader.subscribe("plugin/reader/request", (message) => reader.respond(message.correlationId ?? "", message.payload));
  const client = new RpcClient(publisher.participant, "plugin://reader/rpc");
  const bare = (n: number) => publisher.request({ topic: "plugin/reader/request", payload: { n } });
  const ways = { rpc: (n: number) => client.call("ping", { n }), bare };
  await until(() => bare(0).then(Boolean, () => false));
  const times = { rpc: [] as number[], bare: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const way of ["rpc", "bare"] as const) {
      const measured: number[] = [];
      for (let n = 0; n < CALLS / ROUNDS; n++) {
        const start = performance.now();
        await ways[way](n);
        measured.push(performance.now() - start);
      }
      if (round > 0) times[way].push(...measured);
    }
  }
  const [rpc, request] = [median(times.rpc), median(times.bare)];
  return [
    { what: "/bus: RPC call, p50", value: rpc, unit: "ms" },
    { what: "/bus: bare request, p50", value: request, unit: "ms" },
    { what: "/bus: RPC call ÷ bare request", value: rpc / request, unit: "×", atMost: 2 },
  ];
}
