import type { Disposable } from "../../base/disposables.ts";
import { messageOf } from "../../protocol/errors.ts";
import { KiroBridgeError } from "../errors.ts";
import type { HealthResponse } from "../wireTypes.ts";
import type { ClientEvents } from "./clientEvents.ts";
import { numberOption } from "../../base/numberOption.ts";
import { pause, waitFor } from "../../base/pause.ts";
import { systemTimes, type Times } from "../times.ts";

/** Regular checks of the health of the bridge. */
export interface HealthOptions {
  /** Time from the end of a check to the next one, by default 30,000. */
  readonly intervalMs?: number | undefined;
  /** Deadline of a check, by default 5,000. */
  readonly timeoutMs?: number | undefined;
}

export const healthDefaults = { intervalMs: 30_000, timeoutMs: 5000 } as const;

export interface HealthStatus {
  readonly healthy: boolean;
  /** The end of the latest check, or else the creation of the monitor. */
  readonly lastCheck: Date;
  /** Milliseconds that the latest check took. */
  readonly responseTime: number;
  /** The reason if the bridge is not healthy. */
  readonly error?: string;
}

export interface HealthDeps {
  /** Gets the health, without queue, pool, breaker and retries, whose delays say nothing about the bridge. */
  readonly check: (options: { readonly timeoutMs: number; readonly signal: AbortSignal }) => Promise<HealthResponse>;
  readonly events: Pick<ClientEvents, "emit">;
  readonly times?: Times;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Checks `GET /health` at intervals, while it is started, and while a call waits for the health. Only a wait keeps the
 * process alive.
 */
export class HealthMonitor {
  readonly #deps: HealthDeps;
  readonly #times: Times;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  readonly #waiting = new Set<Waiter>();
  #status: HealthStatus;
  #isStarted = false;
  /** Aborts when the monitor is closed. */
  readonly #life = new AbortController();
  /** Ends the checks that run now. */
  #checks: AbortController | undefined;

  constructor(deps: HealthDeps, options: HealthOptions = {}) {
    this.#deps = deps;
    this.#times = deps.times ?? systemTimes;
    this.#intervalMs = numberOption("intervalMs", options.intervalMs, healthDefaults.intervalMs, 1);
    this.#timeoutMs = numberOption("timeoutMs", options.timeoutMs, healthDefaults.timeoutMs, 1);
    this.#status = { healthy: false, lastCheck: new Date(this.#times.wallNow()), responseTime: 0 };
  }

  /** Checks now, and then at intervals. */
  start(): void {
    this.#isStarted = true;
    this.#update();
  }

  stop(): void {
    this.#isStarted = false;
    this.#update();
  }

  /** Stops for good, and rejects whatever waits. */
  close(reason: unknown): void {
    this.#life.abort(reason);
    for (const { reject } of this.#waiting) reject(reason);
    this.stop();
  }

  /** Returns a copy. */
  get status(): HealthStatus {
    return { ...this.#status, lastCheck: new Date(this.#status.lastCheck) };
  }

  get isHealthy(): boolean {
    return this.#status.healthy;
  }

  /**
   * Resolves when a check finds the bridge healthy; at once if the latest one of a started monitor did.
   * @throws KiroBridgeError OPERATION_TIMEOUT, or the signal's reason when it aborts
   */
  async waitForHealthy(timeoutMs = 30_000, signal?: AbortSignal): Promise<void> {
    this.#life.signal.throwIfAborted();
    if (this.#checks !== undefined && this.isHealthy) return;
    await waitFor<void>((resolve, reject) => this.#wait({ resolve, reject }, timeoutMs), signal);
  }

  #wait(waiter: Waiter, timeoutMs: number): Disposable {
    const late = this.#times.clock.after(timeoutMs, () => waiter.reject(notHealthy(this.#status.error)));
    this.#waiting.add(waiter);
    this.#update();
    return {
      dispose: () => {
        void late.dispose();
        this.#waiting.delete(waiter);
        this.#update();
      },
    };
  }

  #update(): void {
    const isNeeded = !this.#life.signal.aborted && (this.#isStarted || this.#waiting.size > 0);
    if (isNeeded === (this.#checks !== undefined)) return;
    this.#checks?.abort();
    this.#checks = isNeeded ? new AbortController() : undefined;
    if (this.#checks !== undefined) void this.#run(this.#checks.signal);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#check(signal);
      await pause(this.#times.background, this.#intervalMs, signal).catch(() => undefined);
    }
  }

  async #check(signal: AbortSignal): Promise<void> {
    const { events } = this.#deps;
    const startedAt = this.#times.clock.now();
    const error = await this.#problem(signal);
    if (signal.aborted) return;
    const wasHealthy = this.isHealthy;
    const healthy = error === undefined;
    const responseTime = this.#times.clock.now() - startedAt;
    const lastCheck = new Date(this.#times.wallNow());
    this.#status = { healthy, lastCheck, responseTime, ...(error !== undefined && { error }) };
    events.emit("health:check", healthy, responseTime);
    if (healthy !== wasHealthy) events.emit("status:changed", healthy ? "available" : "unavailable");
    if (healthy) for (const { resolve } of this.#waiting) resolve();
  }

  /** Returns why the bridge is not healthy. */
  async #problem(signal: AbortSignal): Promise<string | undefined> {
    try {
      const { status, reason } = await this.#deps.check({ timeoutMs: this.#timeoutMs, signal });
      return status === "healthy" ? undefined : `The bridge is ${status}: ${reason}.`;
    } catch (error) {
      return messageOf(error);
    }
  }
}

function notHealthy(error: string | undefined): KiroBridgeError {
  const text = "Service did not become healthy within timeout";
  const message = error === undefined ? text : `${text}: ${error}`;
  return new KiroBridgeError("OPERATION_TIMEOUT", message, { recoverable: true, context: { operation: "health" } });
}
