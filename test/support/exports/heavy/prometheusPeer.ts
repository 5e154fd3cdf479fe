import { execFile, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../programs/freePort.ts";
import { eventually } from "../../editor/deadline.ts";
import { removeFolder, temporaryFolder } from "../../temporaryFolder.ts";
import { PeerProcess } from "./peerProcess.ts";

const DEADLINE_MS = 60_000;

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

interface Answer {
  readonly data: { readonly result: readonly Series[] };
}

export interface ScrapeTarget {
  readonly port: number;
  readonly path: string;
  readonly token: string;
  /** The contents of a file of rules, such as alerts. */
  readonly rules?: string;
}

/** Prometheus on loopback, which asks one target for its metrics each second. */
export class PrometheusPeer implements AsyncDisposable {
  readonly #process: PeerProcess;

  private constructor(running: PeerProcess) {
    this.#process = running;
  }

  /** @param program from `findDebian` */
  static async start(program: string, target: ScrapeTarget): Promise<PrometheusPeer> {
    const port = await freePort();
    const running = await PeerProcess.start({
      command: program,
      args: () => [
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      prepare: (folder) => configure(folder, target),
      ready: /Server is ready to receive web requests/,
      port,
    });
    return new PrometheusPeer(running);
  }

  /** Waits until a query has a result that is wanted. Default: any. */
  query(promql: string, isWanted: (series: Series) => boolean = () => true): Promise<readonly Series[]> {
    const url = new URL("/api/v1/query", this.#process.url);
    url.searchParams.set("query", promql);
    return eventually(
      async () => {
        const { data } = (await (await fetch(url)).json()) as Answer;
        return data.result.some(isWanted) ? data.result : undefined;
      },
      { what: `a result of ${promql}`, deadlineMs: DEADLINE_MS, everyMs: 100 },
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}

async function configure(folder: string, { port, path, token, rules }: ScrapeTarget): Promise<void> {
  await writeFile(join(folder, "token"), token, { mode: 0o600 });
  if (rules !== undefined) await writeFile(join(folder, "rules.yml"), rules);
  const config = {
    global: { evaluation_interval: "1s" },
    ...(rules !== undefined && { rule_files: ["rules.yml"] }),
    scrape_configs: [
      {
        job_name: "kiro-bridge",
        scrape_interval: "1s",
        metrics_path: path,
        authorization: { type: "Bearer", credentials_file: join(folder, "token") },
        static_configs: [{ targets: [`127.0.0.1:${port}`] }],
      },
    ],
  };
  // JSON is YAML.
  await writeFile(join(folder, "prometheus.yml"), JSON.stringify(config));
}

/** Runs `promtool check rules`. @returns what it says. @throws if a rule is wrong */
export async function checkRules(promtool: string, rules: string): Promise<string> {
  const folder = await temporaryFolder();
  try {
    await writeFile(join(folder, "rules.yml"), rules);
    const { stdout } = await promisify(execFile)(promtool, ["check", "rules", join(folder, "rules.yml")]);
    return stdout;
  } finally {
    await removeFolder(folder);
  }
}

/** Runs `promtool check metrics`. @returns what it has found; the empty string for metrics that are in order */
export async function checkMetrics(promtool: string, metrics: string): Promise<string> {
  const child = spawn(promtool, ["check", "metrics"], { stdio: ["pipe", "pipe", "pipe"], timeout: DEADLINE_MS });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const closed = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  child.stdin.end(metrics);
  const code = await closed;
  return code === 0 ? output : `promtool ended with code ${code}. ${output}`;
}
