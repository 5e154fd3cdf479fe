import type { Logger } from "../base/logger.ts";
import type { Transport } from "./agent.ts";
import { AcpUnusable, type AgentRequest, type StartAgent, type StartedAgent } from "./startAgent.ts";

/** Which transport is used, and why, in words for the status and the log. */
export interface TransportInUse {
  /** Undefined: it is not known before the first start. */
  readonly transport: Transport | undefined;
  readonly why: string;
}

/** Starts agents over the transport that the setting names; `auto` tries ACP first and falls back to one-shot for good. */
export class Transports {
  readonly #setting: Transport | "auto";
  readonly #starters: Readonly<Record<Transport, StartAgent>>;
  readonly #logger: Logger;
  #inUse: TransportInUse;

  constructor(setting: Transport | "auto", starters: Readonly<Record<Transport, StartAgent>>, logger: Logger) {
    this.#setting = setting;
    this.#starters = starters;
    this.#logger = logger;
    this.#inUse =
      setting === "auto"
        ? { transport: undefined, why: "ACP is tried at the first prompt" }
        : { transport: setting, why: `kiroBridge.cli.transport is '${setting}'` };
  }

  get inUse(): TransportInUse {
    return this.#inUse;
  }

  readonly start: StartAgent = (request, signal) => {
    const { transport } = this.#inUse;
    return transport === undefined || (transport === "acp" && this.#setting === "auto")
      ? this.#startAcpOrOneShot(request, signal)
      : this.#starters[transport](request, signal);
  };

  async #startAcpOrOneShot(request: AgentRequest, signal: AbortSignal): Promise<StartedAgent> {
    try {
      const started = await this.#starters.acp(request, signal);
      this.#use("acp", "the CLI speaks ACP");
      return started;
    } catch (error) {
      if (!(error instanceof AcpUnusable) || this.#inUse.transport === "acp") throw error;
      this.#use("oneshot", error.message);
      return await this.#starters.oneshot(request, signal);
    }
  }

  #use(transport: Transport, why: string): void {
    if (this.#inUse.transport === transport) return;
    this.#inUse = { transport, why };
    this.#logger.info("Transport chosen", { transport, why });
  }
}
