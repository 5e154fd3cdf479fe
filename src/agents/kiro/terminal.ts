import { open } from "node:fs/promises";
import { constants } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { abortable } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import type { Terminal, TerminalEnd, TerminalPort } from "../../core/terminalPort.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { bridgeStopping, unavailable } from "../../protocol/unavailable.ts";
import type { ProcessGuard } from "../../core/childProcesses/orphanGuard.ts";
import { type KiroProcess, startKiroProcess } from "./process/kiroProcess.ts";
import type { FoundCli } from "../startAgent.ts";

/** Maximum number of bytes to read, above Git's limit for names. */
const MAX_HEAD_BYTES = 4096;

export interface TerminalOptions {
  readonly find: () => Promise<FoundCli>;
  /** Flags after `chat --legacy-ui`: trust, agent, model. */
  readonly flags: readonly string[];
  readonly defaultWorkspacePath: () => string;
  readonly isTrusted: () => boolean;
  readonly maxTerminals: number;
  readonly guard?: ProcessGuard | undefined;
  readonly logger: Logger;
}

/**
 * Runs Kiro CLI in text mode, one process per terminal (docs/wire-contract.md#66-terminal). Input is passed through
 * unchanged.
 */
export class KiroTerminals implements TerminalPort, Disposable {
  readonly #options: TerminalOptions;
  readonly #open = new Set<KiroTerminal>();
  readonly #starting = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  async open(workspacePath: string = this.#options.defaultWorkspacePath()): Promise<Terminal> {
    const { maxTerminals } = this.#options;
    this.#assertTrusted();
    this.#stopping.signal.throwIfAborted();
    if (this.#open.size + this.#starting.size >= maxTerminals) throw tooMany(maxTerminals);
    const starting = this.#start(workspacePath);
    this.#starting.add(starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(starting);
    }
  }

  /** Ends all terminals, including those that are starting. */
  async dispose(): Promise<void> {
    this.#stopping.abort(bridgeStopping());
    await Promise.allSettled(this.#starting);
    await Promise.all([...this.#open].map((terminal) => terminal.dispose()));
  }

  async #start(workspacePath: string): Promise<KiroTerminal> {
    const { find, flags, logger, guard } = this.#options;
    const { signal } = this.#stopping;
    const { program } = await abortable(find(), signal);
    const branch = await branchOf(workspacePath);
    signal.throwIfAborted();
    const args = ["chat", "--legacy-ui", ...flags];
    const process = await startKiroProcess(program, args, { cwd: workspacePath, logger, guard });
    const terminal = new KiroTerminal(process, branch);
    this.#open.add(terminal);
    void terminal.ended.then(() => this.#open.delete(terminal));
    return terminal;
  }

  #assertTrusted(): void {
    if (this.#options.isTrusted()) return;
    throw unavailable("workspace-untrusted", "Kiro CLI is not started in an untrusted workspace.");
  }
}

/** Merges both output streams. Characters split across chunks are decoded per stream. */
class KiroTerminal implements Terminal {
  readonly branch: string | undefined;
  readonly ended: Promise<TerminalEnd>;
  readonly #process: KiroProcess;
  readonly #output = new Emitter<string>();
  readonly onOutput = this.#output.event;

  constructor(process: KiroProcess, branch: string | undefined) {
    this.#process = process;
    this.branch = branch;
    for (const stream of [process.stdout, process.stderr]) {
      const decoder = new StringDecoder("utf8");
      stream.on("data", (bytes: Buffer) => this.#tell(decoder.write(bytes)));
      stream.once("end", () => this.#tell(decoder.end()));
    }
    this.ended = process.exited.then(({ code, signal }) => ({ code, signal }));
  }

  pause(): void {
    this.#process.stdout.pause();
    this.#process.stderr.pause();
  }

  resume(): void {
    this.#process.stdout.resume();
    this.#process.stderr.resume();
  }

  write(text: string): Promise<void> {
    return this.#process.write(text);
  }

  async dispose(): Promise<void> {
    this.#output.dispose();
    await this.#process.end();
  }

  #tell(text: string): void {
    if (text !== "") this.#output.fire(text);
  }
}

/** Returns the branch in the folder's own `.git/HEAD`, or undefined if there is none. */
async function branchOf(folder: string): Promise<string | undefined> {
  try {
    const head = await beginningOf(join(folder, ".git", "HEAD"));
    return /^ref: refs\/heads\/(.+)$/mu.exec(head)?.[1];
  } catch {
    return undefined; // Not a Git repository, or a worktree: no branch is reported.
  }
}

/** Reads the beginning of a regular file: reading a pipe would block, and the file may be large. */
async function beginningOf(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_HEAD_BYTES), 0, MAX_HEAD_BYTES, null);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

function tooMany(limit: number): BridgeError {
  return new BridgeError("RATE_LIMIT_EXCEEDED", `There are already ${limit} terminals. Close one first.`, { limit });
}
