import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";
import { withDeadline } from "../editor/deadline.ts";

const script = join(import.meta.dirname, "../../fixtures/live/subscriberFleet.ts");

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

export type SubscriberFleetReport = z.infer<typeof reportSchema>;

/** Long enough for a machine whose processors are busy with other things. */
const DEADLINE_MS = 60_000;

/** Subscribers in a process of their own, so that they do not slow the bridge of this one. */
export class SubscriberFleet {
  readonly #child: ChildProcess;
  readonly #isReady = Promise.withResolvers<void>();
  readonly #report = Promise.withResolvers<SubscriberFleetReport>();
  #reachedId = 0;
  #onReached: () => void = () => undefined;

  private constructor(args: readonly string[]) {
    const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.#take(line));
  }

  /** Resolves when all are connected. @param lastId the event behind which they are through */
  static async gather(
    target: { readonly port: number; readonly token: string },
    howMany: number,
    lastId: number,
  ): Promise<SubscriberFleet> {
    const fleet = new SubscriberFleet([String(target.port), target.token, String(howMany), String(lastId)]);
    await withDeadline(fleet.#isReady.promise, DEADLINE_MS, "the subscribers to connect");
    return fleet;
  }

  /** Resolves when everybody has got this event, or a later one. @param id a multiple of 50 */
  async reached(id: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onReached = () => {
      if (this.#reachedId >= id) resolve();
    };
    this.#onReached();
    await withDeadline(promise, DEADLINE_MS, `event ${id} to reach everybody`);
  }

  /** What they got, once they are through. */
  async report(): Promise<SubscriberFleetReport> {
    return withDeadline(this.#report.promise, DEADLINE_MS, "the subscribers to finish");
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }

  #take(line: string): void {
    if (line === "ready") this.#isReady.resolve();
    else if (line.startsWith("{")) this.#report.resolve(reportSchema.parse(JSON.parse(line)));
    else {
      this.#reachedId = Number(line);
      this.#onReached();
    }
  }
}
