import type { Random } from "../../simulation/time/random.ts";
import { TEST_TOKEN } from "../../support/testBridge.ts";
import type { Tally } from "../tally.ts";
import type { Desktop } from "./desktop.ts";

/** A client gives up on a response after this time, and sends the request again. */
const ATTEMPT_MS = 6_000;
/** Time in milliseconds in which a request must have had its last response: more than any stop of a window. */
const MAX_MS = 90_000;
/** Ports that the address may have: the configured one, and the next ones while its owner is stopped. */
const PORTS = 3;

type Attempt =
  | { readonly kind: "answer"; readonly status: number; readonly body: Record<string, unknown> }
  | { readonly kind: "none"; readonly why: string };

export interface KeyedClientOptions {
  readonly desktop: Desktop;
  readonly random: Random;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  /** Each client has its own keys. */
  readonly name: string;
}

/** A client that sends requests with keys, one after the other, and repeats each until its outcome is known. */
export class KeyedClient {
  /** Keys whose execution was reported as completed. */
  readonly completed: string[] = [];
  readonly #options: KeyedClientOptions;
  #port = 0;
  #count = 0;

  constructor(options: KeyedClientOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) await this.#request(`${this.#options.name}-${++this.#count}`);
  }

  async #request(key: string): Promise<void> {
    const { desktop, random, tally } = this.#options;
    const place = random.pick(desktop.places());
    const body = { command: "test.append", args: [desktop.marksFile, key], ...place };
    const latest = performance.now() + MAX_MS;
    while (performance.now() < latest) {
      const attempt = await this.#attempt(key, body);
      const outcome = outcomeOf(attempt);
      tally.add(`requests: ${outcome}`);
      if (outcome === "again") continue;
      if (outcome === "completed") this.completed.push(key);
      if (outcome === "completed" && attempt.kind === "answer") this.#checkWindow(key, place, attempt.body);
      if (outcome === "unexpected") tally.violate(`${key}: ${JSON.stringify(attempt).slice(0, 500)}`);
      return;
    }
    tally.violate(`${key} has no outcome after ${MAX_MS} ms`);
  }

  #checkWindow(key: string, place: object | undefined, { output }: Record<string, unknown>): void {
    const wanted = place !== undefined && "workspacePath" in place ? String(place.workspacePath) : undefined;
    const folder = wanted?.slice(wanted.lastIndexOf("/") + 1);
    if (folder !== undefined && !String(output).startsWith(`${folder}-`))
      this.#options.tally.violate(`${key} for ${folder} ran in ${String(output)}`);
  }

  async #attempt(key: string, body: object): Promise<Attempt> {
    const { desktop } = this.#options;
    try {
      const response = await fetch(`http://127.0.0.1:${desktop.port + this.#port}/api/kiro/execute`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${TEST_TOKEN}`,
          "content-type": "application/json",
          "idempotency-key": key,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ATTEMPT_MS),
      });
      return { kind: "answer", status: response.status, body: (await response.json()) as Record<string, unknown> };
    } catch (error) {
      this.#port = (this.#port + 1) % PORTS;
      return { kind: "none", why: String(error) };
    }
  }
}

function outcomeOf(attempt: Attempt): "completed" | "interrupted" | "unknown place" | "again" | "unexpected" {
  if (attempt.kind === "none") return "again";
  const { status, body } = attempt;
  if (status === 200 && body["status"] === "completed") return "completed";
  if (body["status"] === "interrupted") return "interrupted";
  // The window has ended before it had the request.
  if (status === 404) return "unknown place";
  return body["code"] === "KIRO_UNAVAILABLE" || status === 409 ? "again" : "unexpected";
}
