import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ProcessGroup } from "../programs/processGroup.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";
import { until } from "../until.ts";
import { findNats } from "./natsProgram.ts";

export interface NatsServerOptions {
  /** How much JetStream may store, in bytes: a small number is a full disk; 0 turns it off. */
  readonly maxStoredBytes?: number;
  /** Who may connect, in the syntax of the configuration file: `token: "t"`, `users: [ { nkey: U… } ]`. */
  readonly authorization?: string;
  readonly tls?: {
    readonly certFile: string;
    readonly keyFile: string;
    /** Asks clients for a certificate of this authority. */
    readonly clientCaFile?: string;
  };
}

const DEADLINE_MS = 60_000;
const GRACE_MS = 10_000;
const run = promisify(execFile);

/** A `nats-server` of its own with JetStream in a temporary folder, which keeps its port over restarts. */
export class NatsServer implements AsyncDisposable {
  readonly #program: string;
  readonly #folder: string;
  #options: NatsServerOptions;
  #port = -1;
  #process: ProcessGroup | undefined;

  private constructor(program: string, folder: string, options: NatsServerOptions) {
    this.#program = program;
    this.#folder = folder;
    this.#options = options;
  }

  /** Starts a server on a free port. Throws if there is no program: the tests ask `findNats` before. */
  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const program = await findNats();
    if (program.kind === "missing") throw new Error(program.reason);
    const server = new NatsServer(program.path, await temporaryFolder(), options);
    await server.start();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `${this.#options.tls ? "tls" : "nats"}://127.0.0.1:${this.#port}`;
  }

  /** Starts the server after `kill`, with the same folder and port, and with other options where some are given. */
  async start(options: NatsServerOptions = this.#options): Promise<void> {
    this.#options = options;
    const config = join(this.#folder, "server.conf");
    await writeFile(config, configuration(this.#folder, this.#port, options));
    this.#process = await ProcessGroup.start(this.#program, ["-c", config], { env: process.env, cwd: this.#folder });
    const line = await this.#process.waitForLine(/Listening for client connections on .*:\d+/, DEADLINE_MS);
    this.#port = Number(/:(\d+)$/.exec(line)?.[1]);
    await this.#process.waitForLine(/Server is ready/, DEADLINE_MS);
  }

  /** Ends the server at once, as a crash does. */
  async kill(): Promise<void> {
    this.#process?.kill();
    await this.#process?.stop(0);
    this.#process = undefined;
  }

  /** Ends the server in order, and starts it again with the same folder and port. */
  async restart(): Promise<void> {
    await this.#process?.stop(GRACE_MS);
    await this.start();
  }

  /** Stops the process without ending it: connections stay open and nothing answers. */
  async freeze(): Promise<void> {
    const pid = this.#signal("SIGSTOP");
    await until(async () => (await run("ps", ["-o", "state=", "-p", String(pid)])).stdout.startsWith("T"), "the stop");
  }

  resume(): void {
    this.#signal("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process) this.resume();
    await this.#process?.stop(GRACE_MS);
    this.#process = undefined;
    await removeFolder(this.#folder);
  }

  #signal(signal: NodeJS.Signals): number {
    if (!this.#process) throw new Error("The server does not run.");
    process.kill(this.#process.pid, signal);
    return this.#process.pid;
  }
}

function configuration(folder: string, port: number, options: NatsServerOptions): string {
  const { maxStoredBytes, authorization, tls } = options;
  const lines = [`listen: "127.0.0.1:${port}"`];
  if (maxStoredBytes !== 0) {
    lines.push(
      `jetstream { store_dir: "${join(folder, "store")}"${maxStoredBytes === undefined ? "" : `, max_file_store: ${maxStoredBytes}`} }`,
    );
  }
  if (authorization !== undefined) lines.push(`authorization { ${authorization} }`);
  if (tls) {
    const verify = tls.clientCaFile === undefined ? "" : `, ca_file: "${tls.clientCaFile}", verify: true`;
    lines.push(`tls { cert_file: "${tls.certFile}", key_file: "${tls.keyFile}"${verify} }`);
  }
  return `${lines.join("\n")}\n`;
}
