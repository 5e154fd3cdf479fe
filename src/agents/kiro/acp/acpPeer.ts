import type { Logger } from "../../../base/logger.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { Json } from "../../../protocol/values.ts";
import { endingOf } from "../cli/cliFailure.ts";
import type { KiroProcess, ProcessExit } from "../process/kiroProcess.ts";
import { RpcConnection, type RpcCall, type RpcListener } from "./connection.ts";
import { type LineLimits, LineSplitter } from "./ndjson.ts";

/** Receives the messages of the CLI, in order. */
export interface AcpListener extends RpcListener {
  /** Called for each chunk, as a sign of life. */
  alive(): void;
  /** Called if a line was too long: a part of the answer is missing. */
  lostLine(): void;
}

const LONGEST_NOISE_COUNT = 3;

/**
 * A CLI process that speaks ACP, with one message per line. When the process exits, or sends an endless line, all
 * pending calls are rejected with the reason.
 */
export class AcpPeer {
  readonly #process: KiroProcess;
  readonly #connection: RpcConnection;
  readonly #logger: Logger;
  #listener: AcpListener | undefined;
  #noiseLines = 0;
  #isOpen = true;

  constructor(process: KiroProcess, logger: Logger, lines?: LineLimits) {
    this.#process = process;
    this.#logger = logger;
    this.#connection = new RpcConnection((line) => process.write(`${line}\n`), this.#router(), logger);
    const splitter = new LineSplitter(
      {
        message: (line) => this.#connection.receive(line),
        noise: () => this.#countNoise(),
        dropped: () => this.#dropped(),
        endless: () => this.#giveUp(),
      },
      lines,
    );
    process.stdout.on("data", (chunk: Buffer) => {
      this.#listener?.alive();
      splitter.push(chunk);
    });
    void process.exited.then((exit) => this.#close(new PeerEnded(exit)));
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** False once the process has exited or was killed. */
  get isOpen(): boolean {
    return this.#isOpen && this.#process.isRunning;
  }

  get exited(): Promise<ProcessExit> {
    return this.#process.exited;
  }

  /** Number of output lines that were not messages (Kiro#6131). */
  get noiseLines(): number {
    return this.#noiseLines;
  }

  listen(listener: AcpListener): void {
    this.#listener = listener;
  }

  /** See `RpcConnection.request`. */
  request(method: string, params: Json, call?: RpcCall): Promise<unknown> {
    return this.#connection.request(method, params, call);
  }

  notify(method: string, params: Json): Promise<void> {
    return this.#connection.notify(method, params);
  }

  /** Kills the process group. Pending calls are rejected at once with `reason`. */
  kill(reason: Error): void {
    this.#close(reason);
    this.#process.kill();
  }

  /** Shuts down the process. Resolves when it has exited; pending calls are rejected at once with `reason`. */
  end(reason: Error): Promise<void> {
    this.#close(reason);
    return this.#process.end();
  }

  #close(reason: Error): void {
    this.#isOpen = false;
    this.#connection.close(reason);
  }

  #router(): RpcListener {
    return {
      notification: (method, params) => this.#listener?.notification(method, params),
      request: (method, params) => this.#listener?.request(method, params),
    };
  }

  #countNoise(): void {
    if (++this.#noiseLines > LONGEST_NOISE_COUNT) return;
    this.#logger.debug("Kiro CLI printed a line that is not a message; skipping it", {
      pid: this.pid,
      count: this.#noiseLines,
    });
  }

  #dropped(): void {
    this.#logger.warn("Kiro CLI printed a line that is too long; dropping it", { pid: this.pid });
    this.#listener?.lostLine();
  }

  #giveUp(): void {
    this.#logger.error("Kiro CLI printed a line that does not end", { pid: this.pid });
    this.kill(
      new BridgeError("COMMAND_EXECUTION_FAILED", "Kiro CLI was ended because it sent a line that does not end."),
    );
  }
}

/** Rejects pending calls when the process has exited, whatever its exit code (Kiro#7554). */
export class PeerEnded extends Error {
  override readonly name = "PeerEnded";
  readonly exit: ProcessExit;

  constructor(exit: ProcessExit) {
    super(`Kiro CLI ended (${endingOf(exit)})`);
    this.exit = exit;
  }
}
