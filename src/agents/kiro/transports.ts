import type { Logger } from "../../base/logger.ts";
import type { CliTransport } from "../agent.ts";
import { AcpUnusable, type AgentRequest, type StartAgent, type StartedAgent } from "../startAgent.ts";

/** The transport in use, and the reason, for the status and the log. */
export interface TransportInUse {
  /** Undefined before the first start. */
  readonly transport: CliTransport | undefined;
  readonly why: string;
}

/** Delay in milliseconds before ACP is retried after a slow start; doubles with each failure in a row. */
const FIRST_RETRY_MS = 60_000;
const MAX_RETRY_MS = 30 * 60_000;

/**
 * Starts agents over the configured transport. `auto` tries ACP first and falls back to one-shot: permanently if the
 * CLI does not support ACP, temporarily if it was only slow.
 */
export class Transports {
  readonly #setting: CliTransport | "auto";
  readonly #starters: Readonly<Record<CliTransport, StartAgent>>;
  readonly #logger: Logger;
  readonly #now: () => number;
  #inUse: TransportInUse;
  #retryAt = Number.POSITIVE_INFINITY;
  #retryMs = FIRST_RETRY_MS;

  constructor(
    setting: CliTransport | "auto",
    starters: Readonly<Record<CliTransport, StartAgent>>,
    logger: Logger,
    now: () => number = () => performance.now(),
  ) {
    this.#setting = setting;
    this.#starters = starters;
    this.#logger = logger;
    this.#now = now;
    this.#inUse =
      setting === "auto"
        ? { transport: undefined, why: "ACP will be tried at the first prompt" }
        : { transport: setting, why: `kiroBridge.cli.transport is '${setting}'` };
  }

  get inUse(): TransportInUse {
    return this.#inUse;
  }

  readonly start: StartAgent = (request, signal) => {
    const { transport } = this.#inUse;
    if (this.#setting === "auto") return this.#startAcpOrOneShot(request, signal);
    return this.#starters[transport ?? "acp"](request, signal);
  };

  /**
   * Returns true if ACP may be retried in `auto`. One-shot processes share no state, so nothing is lost by switching.
   */
  #mayUseAcp(): boolean {
    return this.#inUse.transport !== "oneshot" || this.#now() >= this.#retryAt;
  }

  async #startAcpOrOneShot(request: AgentRequest, signal: AbortSignal): Promise<StartedAgent> {
    if (!this.#mayUseAcp()) return await this.#startStopgap(request, signal);
    try {
      const started = await this.#starters.acp(request, signal);
      this.#use("acp", "Kiro CLI supports ACP");
      return started;
    } catch (error) {
      if (!(error instanceof AcpUnusable) || this.#inUse.transport === "acp") throw error;
      this.#fallBack(error);
      return await this.#startStopgap(request, signal);
    }
  }

  async #startStopgap(request: AgentRequest, signal: AbortSignal): Promise<StartedAgent> {
    const started = await this.#starters.oneshot(request, signal);
    return { ...started, isOutdated: () => this.#mayUseAcp() };
  }

  #fallBack({ message, why, mayPass }: AcpUnusable): void {
    if (!mayPass) {
      this.#retryAt = Number.POSITIVE_INFINITY;
      this.#use("oneshot", message);
      return;
    }
    const retryMs = this.#retryMs;
    this.#retryAt = this.#now() + retryMs;
    this.#retryMs = Math.min(2 * retryMs, MAX_RETRY_MS);
    this.#use(
      "oneshot",
      `ACP did not start: ${why}. One-shot is used, and ACP is tried again after ${retryMs / 60_000} min`,
    );
  }

  #use(transport: CliTransport, why: string): void {
    if (this.#inUse.transport === transport && this.#inUse.why === why) return;
    this.#inUse = { transport, why };
    this.#logger.info("Transport selected", { transport, why });
  }
}
