import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import * as z from "zod";
import { callPort } from "../../httpClient.ts";
import { TEST_TOKEN } from "../../testBridge.ts";

const ready = z.object({ port: z.int() });
const list = z.object({
  destinations: z.array(z.looseObject({ name: z.string(), waiting: z.looseObject({ events: z.int() }) })),
});
const heap = z.object({ heapBytes: z.number() });

export interface BridgeProcessOptions {
  /** The storage of the extension, which outlives the process. */
  readonly storage: string;
  /** The setting `kiroBridge.exports`. */
  readonly destinations: readonly object[];
  /** By the name of the destination. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** A whole bridge with destinations, in a process of its own that can be killed. Its command `test.echo` takes a moment. */
export class BridgeProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(options: BridgeProcessOptions): Promise<BridgeProcess> {
    const main = join(import.meta.dirname, "bridgeProcessMain.ts");
    const child = fork(main, [JSON.stringify(options)], { execArgv: ["--no-warnings", "--expose-gc"] });
    const [message]: unknown[] = await once(child, "message");
    return new BridgeProcess(child, ready.parse(message).port);
  }

  /** Runs a command. @returns the ID of its execution; undefined if there was no answer */
  async run(args: readonly string[]): Promise<string | undefined> {
    const headers = { Authorization: `Bearer ${TEST_TOKEN}` };
    const body = { command: "test.echo", args };
    const answer = await callPort(this.port, "/api/kiro/execute", { headers, body }).catch(() => undefined);
    const json: unknown = answer?.json;
    return typeof json === "object" && json !== null && "executionId" in json ? String(json.executionId) : undefined;
  }

  /** Runs a command many times, many at once. @returns the IDs of the executions that were answered */
  async burst(count: number, onAnswer: (answered: number) => void = () => undefined): Promise<string[]> {
    const answered: string[] = [];
    let left = count;
    const worker = async (): Promise<void> => {
      while (left-- > 0) {
        const id = await this.run([`run ${left}`]);
        if (id === undefined) return;
        answered.push(id);
        onAnswer(answered.length);
      }
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    return answered;
  }

  /** Returns how many events wait for each destination. */
  async waiting(): Promise<Map<string, number>> {
    const answer = await callPort(this.port, "/kiro/exports", { headers: { Authorization: `Bearer ${TEST_TOKEN}` } });
    return new Map(list.parse(answer.json).destinations.map(({ name, waiting }) => [name, waiting.events]));
  }

  /** Returns the size of what it keeps in memory, in bytes. */
  async heapBytes(): Promise<number> {
    const answer = once(this.#child, "message");
    this.#child.send("heap");
    const [message]: unknown[] = await answer;
    return heap.parse(message).heapBytes;
  }

  /** Ends it as a crash does. Resolves when it has ended. */
  kill(): Promise<void> {
    return this.#end(() => void this.#child.kill("SIGKILL"));
  }

  /** Stops the bridge as the editor does. */
  stop(): Promise<void> {
    return this.#end(() => this.#child.disconnect());
  }

  async #end(signal: () => void): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    signal();
    await exit;
  }
}
