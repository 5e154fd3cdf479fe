import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { CliProgram } from "../../../src/agents/agent.ts";

/** The least that can speak ACP: one line out, one line in. What the bridge's overhead is measured against. */
export class BareAcp {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #pending = new Map<number, (result: unknown) => void>();
  #lastId = 0;

  constructor(program: CliProgram) {
    this.#child = spawn(program.command, [...program.leadingArgs, "acp"], { env: { ...process.env, ...program.env } });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const message: { id?: number; result?: unknown } = JSON.parse(line);
      if (message.id === undefined) return;
      this.#pending.get(message.id)?.(message.result);
      this.#pending.delete(message.id);
    });
  }

  /** @returns the id of a new session. */
  async open(cwd: string): Promise<string> {
    const capabilities = { fs: { readTextFile: false, writeTextFile: false }, terminal: false };
    await this.request("initialize", { protocolVersion: 1, clientCapabilities: capabilities });
    const { sessionId } = (await this.request("session/new", { cwd, mcpServers: [] })) as { sessionId: string };
    return sessionId;
  }

  request(method: string, params: object): Promise<unknown> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#pending.set(id, resolve);
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return promise;
  }

  close(): void {
    this.#child.kill("SIGKILL");
  }
}
