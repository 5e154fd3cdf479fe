import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";
import { withDeadline } from "./editor/deadline.ts";

const script = join(import.meta.dirname, "../fixtures/live/crowd.ts");

const reportSchema = z.object({
  /** Events of the one that got the fewest. */
  least: z.int(),
  received: z.int(),
  gaps: z.int(),
  doubles: z.int(),
  /** How often events were announced as lost. */
  lost: z.int(),
  /** From the event to its reader, in milliseconds. */
  p50: z.number(),
  p99: z.number(),
});

export type CrowdReport = z.infer<typeof reportSchema>;

/** Subscribers in a process of their own, so that they do not slow the bridge of this one. */
export class Crowd {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>) {
    this.#child = child;
    this.#lines = lines;
  }

  /** Resolves when all are connected. @param lastId the event behind which they are through */
  static async gather(
    target: { readonly port: number; readonly token: string },
    howMany: number,
    lastId: number,
  ): Promise<Crowd> {
    const args = [script, String(target.port), target.token, String(howMany), String(lastId)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout });
    const crowd = new Crowd(child, lines[Symbol.asyncIterator]());
    await crowd.#next("the crowd to gather");
    return crowd;
  }

  /** What they got, once they are through. */
  async report(): Promise<CrowdReport> {
    return reportSchema.parse(JSON.parse(await this.#next("the crowd to be through")));
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }

  async #next(what: string): Promise<string> {
    const { value } = await withDeadline(this.#lines.next(), 30_000, what);
    return String(value);
  }
}
