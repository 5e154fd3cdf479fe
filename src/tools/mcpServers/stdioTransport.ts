import { type JSONRPCMessage, ReadBuffer, serializeMessage, type Transport } from "@modelcontextprotocol/client";
import { type KiroProcess, type ProcessOptions, startKiroProcess } from "../../agents/kiro/process/kiroProcess.ts";

/** Maximum size of a message in bytes. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

export interface StdioProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Messages on the stdin and stdout of a program, one per line. Closing it ends the process group of the program. */
export class StdioTransport implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: Transport["onmessage"];
  readonly #program: StdioProgram;
  readonly #options: ProcessOptions;
  readonly #buffer = new ReadBuffer({ maxBufferSize: MAX_MESSAGE_BYTES });
  #running: Promise<KiroProcess> | undefined;

  constructor(program: StdioProgram, options: ProcessOptions) {
    this.#program = program;
    this.#options = options;
  }

  /** The end of what the program has written to stderr. */
  async stderrTail(): Promise<string> {
    const running = await this.#running?.catch(() => undefined);
    return running?.stderrTail ?? "";
  }

  async start(): Promise<void> {
    const { command, args, env } = this.#program;
    this.#running = startKiroProcess({ command, leadingArgs: args, env, isSimulated: false }, [], this.#options);
    const running = await this.#running;
    running.stdout.on("data", (bytes: Buffer) => this.#take(bytes));
    void running.exited.then(() => this.onclose?.());
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await (await this.#running)?.write(serializeMessage(message));
  }

  async close(): Promise<void> {
    const running = await this.#running?.catch(() => undefined);
    await running?.end();
  }

  #take(bytes: Buffer): void {
    try {
      this.#buffer.append(bytes);
      for (let message = this.#buffer.readMessage(); message !== null; message = this.#buffer.readMessage())
        this.onmessage?.(message);
    } catch (error) {
      // What is not the protocol cannot be followed by it.
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
      void this.close();
    }
  }
}
