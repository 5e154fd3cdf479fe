import { join } from "node:path";
import { freePort } from "../../programs/freePort.ts";
import { eventually } from "../../editor/deadline.ts";
import { PeerProcess } from "./peerProcess.ts";

const DEADLINE_MS = 60_000;

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

/** VictoriaMetrics on loopback: OTLP of metrics as protobuf, with gzip. It answers 200 to sums and histograms with delta temporality, and drops them. */
export class VictoriaPeer implements AsyncDisposable {
  readonly #process: PeerProcess;

  private constructor(running: PeerProcess) {
    this.#process = running;
  }

  /** @param program from `findDebian` @param options of the command line, in addition */
  static async start(program: string, options: readonly string[] = []): Promise<VictoriaPeer> {
    const port = await freePort();
    const running = await PeerProcess.start({
      command: program,
      args: (folder) => [`-storageDataPath=${join(folder, "data")}`, `-httpListenAddr=127.0.0.1:${port}`, ...options],
      ready: /started VictoriaMetrics in/,
      port,
    });
    // It says so shortly before it listens.
    const isUp = async (): Promise<true | undefined> => (await fetch(new URL("/health", running.url))).ok || undefined;
    await running.orStop(eventually(isUp, { what: "VictoriaMetrics to answer", deadlineMs: DEADLINE_MS }));
    return new VictoriaPeer(running);
  }

  /** Where metrics go as OTLP. */
  get metricsUrl(): URL {
    return new URL("/opentelemetry/v1/metrics", this.#process.url);
  }

  /** Waits until a query has a result. */
  query(promql: string): Promise<readonly Series[]> {
    return eventually(
      async () => {
        await fetch(new URL("/internal/force_flush", this.#process.url));
        const url = new URL("/api/v1/query", this.#process.url);
        url.searchParams.set("query", promql);
        const body = (await (await fetch(url)).json()) as { readonly data: { readonly result: readonly Series[] } };
        return body.data.result.length === 0 ? undefined : body.data.result;
      },
      { what: `a result of ${promql}`, deadlineMs: DEADLINE_MS, everyMs: 100 },
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}
