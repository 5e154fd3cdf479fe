import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import * as z from "zod";
import { atRate, eventually } from "../editor/deadline.ts";

const responseSchema = z.looseObject({
  status: z.string().optional(),
  code: z.string().optional(),
  executionId: z.string().optional(),
});

/** What became of a request, after all repetitions. */
export interface Outcome {
  readonly key: string;
  /** The folder that it was for. */
  readonly folder: string;
  readonly httpStatus: number;
  readonly body: z.infer<typeof responseSchema>;
}

export interface KeyedLoadOptions {
  readonly url: string;
  readonly token: string;
  /** The open folders, which get the requests in turn. */
  readonly folders: readonly string[];
  /** The file to which each request adds a line. */
  readonly marks: string;
  readonly perSecond: number;
  /** For each request, with all repetitions. */
  readonly deadlineMs: number;
}

/** A program that sends commands at a steady rate, and repeats each with its key until it gets a definite response. */
export class KeyedLoad {
  readonly outcomes: Outcome[] = [];
  /** The number of attempts that got no response. */
  unanswered = 0;
  readonly #options: KeyedLoadOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #pending: Promise<void>[] = [];
  readonly #stop: () => void;

  constructor(options: KeyedLoadOptions) {
    this.#options = options;
    this.#stop = atRate(options.perSecond, () => this.#pending.push(this.#send()));
  }

  /** Waits for this many more outcomes. */
  async more(count: number): Promise<void> {
    const wanted = this.outcomes.length + count;
    const isReached = () => (this.outcomes.length >= wanted ? true : undefined);
    await eventually(isReached, { what: `${count} more responses`, deadlineMs: this.#options.deadlineMs });
  }

  /** Sends no further requests, and waits for all responses. */
  async end(): Promise<readonly Outcome[]> {
    this.#stop();
    await Promise.all(this.#pending);
    this.#agent.destroy();
    return this.outcomes;
  }

  /** The keys of all runs, in order. */
  async runs(): Promise<string[]> {
    const lines = (await readFile(this.#options.marks, "utf8")).trim().split("\n");
    return lines.map((line) => line.split(" ")[0] ?? "");
  }

  async #send(): Promise<void> {
    const { folders, deadlineMs } = this.#options;
    const number = this.#pending.length;
    const key = `key-${number}`;
    const folder = folders[number % folders.length] ?? "";
    const attempt = async (): Promise<Outcome | undefined> => {
      const found = await this.#attempt(key, folder).catch(() => undefined);
      if (found === undefined) this.unanswered++;
      const isAgain = found?.body.code === "KIRO_UNAVAILABLE" && found.body.executionId === undefined;
      return isAgain ? undefined : found;
    };
    this.outcomes.push(await eventually(attempt, { what: `a response to ${key}`, deadlineMs, everyMs: 250 }));
  }

  #attempt(key: string, folder: string): Promise<Outcome> {
    const { url, token, marks } = this.#options;
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "idempotency-key": key,
    };
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const sent = request(`${url}/api/kiro/execute`, { method: "POST", headers, agent: this.#agent });
    sent.once("error", reject);
    sent.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        try {
          const body = responseSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
          resolve({ key, folder, httpStatus: response.statusCode ?? 0, body });
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.end(JSON.stringify({ command: "windowProbe.mark", args: [marks, key], workspacePath: folder }));
    return promise;
  }
}
