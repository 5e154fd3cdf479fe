import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { TEST_TOKEN } from "../../support/testBridge.ts";
import { BenchProcess } from "../benchProcess.ts";
import type { BenchTarget } from "../benchTargets.ts";
import { Line, loadLine } from "../line.ts";
import { IN_FLIGHT, load, median } from "../load.ts";
import type { Figure } from "../table.ts";

const ROUNDS = 21;
/** Requests of each kind in each round. */
const REQUESTS = 2000;

const names = ["off", "on"] as const;
type Name = (typeof names)[number];
type Ways = Record<Name, { readonly process: BenchProcess; readonly target: BenchTarget; readonly line: Line }>;

/**
 * CPU time of a bridge for each request with three destinations that take the connection and never answer, against one
 * without destinations. Each ratio is that of one round; the median of all counts.
 */
export async function measureExports(): Promise<Figure[]> {
  const hanging = await HangingServer.start();
  const off = await startBridge([]);
  const on = await startBridge(
    destinationsAt(hanging.port),
    process.argv.includes("--profile") ? "exports" : undefined,
  );
  const ways: Ways = { off, on };
  try {
    return [...(await measureCpu("HTTP", ways, overHttp)), ...(await measureCpu("WebSocket", ways, overSocket))];
  } finally {
    for (const { line, process } of [off, on]) {
      line.close();
      await process.dispose();
    }
    hanging.close();
  }
}

type Load = (way: Ways[Name]) => Promise<unknown>;
const overHttp: Load = ({ target }) => load(target, REQUESTS, IN_FLIGHT);
const overSocket: Load = ({ line }) => loadLine(line, REQUESTS, IN_FLIGHT);

async function measureCpu(protocol: string, ways: Ways, send: Load): Promise<Figure[]> {
  const spent: Record<Name, number[]> = { off: [], on: [] };
  const delays: Record<Name, number[]> = { off: [], on: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const { process } = ways[name];
      const before = await process.cpu();
      await process.delay();
      await send(ways[name]);
      const delay = await process.delay();
      const micros = ((await process.cpu()) - before) / REQUESTS;
      if (round === 0) continue; // warming up
      spent[name].push(micros);
      delays[name].push(delay);
    }
  }
  const ratios = spent.on.map((micros, round) => micros / (spent.off[round] ?? Number.NaN));
  return [
    { what: `exports: CPU per request, ${protocol}, without destinations`, value: median(spent.off), unit: "µs" },
    {
      what: `exports: CPU per request, ${protocol}, three destinations that hang ÷ none`,
      value: median(ratios),
      unit: "×",
      atMost: 1.1,
    },
    { what: `exports: delay of the event loop, ${protocol}, p99, none`, value: median(delays.off), unit: "ms" },
    {
      what: `exports: delay of the event loop, ${protocol}, p99, three that hang`,
      value: median(delays.on),
      unit: "ms",
    },
  ];
}

async function startBridge(destinations: readonly object[], profile?: string): Promise<Ways[Name]> {
  const secrets = { hook: `whsec_${Buffer.alloc(24, 7).toString("base64")}`, ...keys("records"), ...keys("files") };
  const args = [JSON.stringify(destinations), JSON.stringify(secrets)];
  const process = await BenchProcess.start(join(import.meta.dirname, "bridgeMain.ts"), args, profile);
  const origin = `http://127.0.0.1:${process.port}`;
  const target = { url: `${origin}/api/kiro/execute`, token: TEST_TOKEN };
  return { process, target, line: await Line.open(target, "/ws") };
}

function keys(name: string): Record<string, string> {
  return { [name]: JSON.stringify({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "for-the-bench-alone" }) };
}

function destinationsAt(port: number): object[] {
  const endpoint = `http://127.0.0.1:${port}`;
  const auth = { kind: "secret" };
  return [
    { name: "hook", kind: "webhook", url: `${endpoint}/hook` },
    { name: "records", kind: "dynamodb", table: "runs", region: "us-east-1", endpoint, auth },
    { name: "files", kind: "s3", bucket: "runs", region: "us-east-1", endpoint, auth },
  ];
}

/** Takes connections and reads what comes, without an answer. */
class HangingServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.resume().on("error", () => undefined);
    });
  }

  static async start(): Promise<HangingServer> {
    const hanging = new HangingServer();
    hanging.#server.listen(0, "127.0.0.1");
    await once(hanging.#server, "listening");
    return hanging;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
